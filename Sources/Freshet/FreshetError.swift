/// Why Freshet cannot do what it was asked to: one sentence that names the thing, and mostly one that says what to do.
public struct FreshetError: Error, Sendable, CustomStringConvertible {
    /// The sentences.
    public let description: String

    /// Whether it may work later: the database is away, or did not answer in time.
    public let isTransient: Bool

    package init(_ description: String, isTransient: Bool = false) {
        self.description = description
        self.isTransient = isTransient
    }
}
