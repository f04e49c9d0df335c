/// One thing that `freshet check` has looked at.
struct Finding: Sendable, Hashable {
    enum Mark: String, Sendable {
        case ok
        /// Nothing fails of it, and yet it deserves a look.
        case note
        case failed = "FAIL"
    }

    let mark: Mark
    let subject: String
    let text: String

    static func ok(_ subject: String, _ text: String) -> Finding { Finding(mark: .ok, subject: subject, text: text) }
    static func note(_ subject: String, _ text: String) -> Finding {
        Finding(mark: .note, subject: subject, text: text)
    }

    /// - Parameter text: what is wrong, and what to do.
    static func failed(_ subject: String, _ text: String) -> Finding {
        Finding(mark: .failed, subject: subject, text: text)
    }
}
