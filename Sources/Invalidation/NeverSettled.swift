/// A value went stale each time that it was loaded: its tags are invalidated faster than it loads.
///
/// Whoever would rather have an answer that may be stale already asks for it at the source, or makes the cache with
/// `whenUnsettled: .serve`. Narrower tags (`todo/42` in place of `todo`) mend the cause.
public struct NeverSettled: Error, Sendable, Hashable, CustomStringConvertible {
    /// How many loads there were, one after the other.
    public let loads: Int

    /// One sentence for a log; it does not name the key.
    public var description: String {
        "A value went stale during each of \(loads) loads in a row: its tags are invalidated faster than it loads."
    }
}
