/// What the listener tells the hub, in the order in which it holds.
package enum Feed: Sendable {
    /// A first connection, or one after which the log cannot tell what was missed: whatever was known before no longer
    /// counts, and open streams are told to `reset`.
    ///
    /// `entries` are the log's, complete from `floor` on; `position` is where the stream goes on from.
    case began(position: Position, floor: UInt64, entries: [Invalidation])

    /// Invalidations in commit order, after which every transaction below `horizon` is known. With none it is the
    /// heartbeat's round trip.
    case advanced([Invalidation], horizon: UInt64)

    /// What holds for all that is told after it.
    case controlled(Controls)
}
