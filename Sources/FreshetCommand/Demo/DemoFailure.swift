/// Why a command cannot do what it was asked to, in one sentence for whoever ran it.
struct StartFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
