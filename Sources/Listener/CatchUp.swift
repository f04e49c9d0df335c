import Invalidation

/// What the database says of itself and its log when the listener has begun to listen.
struct CatchUp: Sendable {
    let timeline: Timeline
    let secret: [UInt8]

    /// Whether delivery is `poll`, and how often that has been switched.
    let polled: Bool
    let switches: UInt64

    /// From which transaction on the log is complete; nil where that is not known, or no log is kept.
    let logCompleteFrom: UInt64?

    let controls: Controls

    /// Every transaction that it shows is in `entries` if it committed and is at or above `readFrom`.
    let snapshot: Snapshot

    /// The invalidations of the log that were read, in the order of their ids.
    let entries: [Invalidation]

    /// From which transaction on `entries` is complete; nil where the log cannot tell.
    let readFrom: UInt64?

    /// Every transaction below has ended.
    var horizon: UInt64 { snapshot.xmin }
}
