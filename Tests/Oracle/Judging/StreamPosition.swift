/// What an id promises: that everything of a transaction below `horizon` has been told (CONTRACT.md §2).
///
/// To a client it is opaque. The oracle reads it, and so catches an id that promises too much without having to lose
/// the connection at the unlucky moment.
package struct StreamPosition: Sendable, Hashable, CustomStringConvertible {
    package let timeline: String
    package let horizon: UInt64

    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let horizon = UInt64(parts[1]) else { return nil }
        timeline = String(parts[0])
        self.horizon = horizon
    }

    package var description: String { "\(timeline)-\(horizon)" }
}
