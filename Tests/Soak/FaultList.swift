import ArgumentParser
import Oracle

/// `terminate,freeze,net-drop`, or `none`.
struct FaultList: ExpressibleByArgument {
    let kinds: [FaultKind]

    init?(argument: String) {
        if argument == "none" {
            kinds = []
            return
        }
        var kinds: [FaultKind] = []
        for name in argument.split(separator: ",") {
            guard let kind = FaultKind(rawValue: String(name)) else { return nil }
            kinds.append(kind)
        }
        self.kinds = kinds
    }

    static var allValueStrings: [String] { FaultKind.allCases.map(\.rawValue) }
}
