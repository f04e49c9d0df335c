/// What an administrator has told all replicas to do (CONTRACT.md §6): the rows of `freshet.control`, as they were read.
package struct Controls: Sendable, Hashable {
    /// Moves with every change of the rows.
    package let version: UInt64

    /// Whether all deliveries are held, and the position of every stream.
    package let isPaused: Bool

    /// What is not delivered.
    package let disabled: TagSet

    package init(version: UInt64, isPaused: Bool = false, disabled: TagSet = TagSet()) {
        self.version = version
        self.isPaused = isPaused
        self.disabled = disabled
    }

    /// Before any have been read.
    package static let none = Controls(version: 0)
}
