import ArgumentParser
import Configuration

/// Reads what a flag left open from the environment, by the same rules as the flag: a value that does not parse stops
/// the start and names the option (CONTRACT.md §7).
struct Environment {
    private let reader: ConfigReader

    init(_ reader: ConfigReader = ConfigReader(provider: EnvironmentVariablesProvider())) { self.reader = reader }

    /// The value of an option: the flag's, else that of `FRESHET_<NAME>`, else nil.
    func value<Value: ExpressibleByArgument>(_ flag: Value?, _ option: String) throws -> Value? {
        if let flag { return flag }
        guard let text = text(of: option) else { return nil }
        guard let value = Value(argument: text) else {
            throw ValidationError(
                "The value '\(text)' is invalid for \(Self.variable(option)), the variable of --\(option)."
            )
        }
        return value
    }

    /// The values of an option that can be repeated; in the environment they are separated by commas.
    func values(_ flags: [String], _ option: String) -> [String] {
        guard flags.isEmpty, let text = text(of: option) else { return flags }
        return text.split(separator: ",").map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty }
    }

    /// Whether a switch is on.
    func isOn(_ flag: Bool, _ option: String) throws -> Bool {
        guard !flag, let text = text(of: option) else { return flag }
        switch text.lowercased() {
        case "1", "true", "yes", "on": return true
        case "0", "false", "no", "off": return false
        default:
            throw ValidationError("The value '\(text)' of \(Self.variable(option)) is neither true nor false.")
        }
    }

    /// `DATABASE_URL`, which other tools read too.
    var databaseURL: String? { reader.string(forKey: "database.url") }

    private func text(of option: String) -> String? {
        let words = option.split(separator: "-").map(String.init)
        guard let text = reader.string(forKey: ConfigKey(["freshet"] + words)), !text.isEmpty else { return nil }
        return text
    }

    private static func variable(_ option: String) -> String {
        "FRESHET_" + option.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }
}
