/// How invalidations come to the service in a run (CONTRACT.md §3).
package enum Delivery: String, Sendable, CaseIterable {
    case notify
    case poll
    /// Begins with `notify`, and is switched back and forth.
    case both
}
