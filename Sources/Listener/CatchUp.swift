import Invalidation

/// What the database says of itself and its log when the listener has begun to listen.
struct CatchUp: Sendable {
    let timeline: Timeline
    let secret: [UInt8]

    /// The log has every committed invalidation of a transaction from here on; nil where no log is kept.
    let completeFrom: UInt64?

    /// Every transaction below has ended, and what it committed is in `entries` if it is at or above `readFrom`.
    let horizon: UInt64

    /// The rows of the log that were read, in the order of their ids.
    let entries: [Invalidation]

    /// From which transaction on `entries` is complete; nil where the log cannot tell.
    let readFrom: UInt64?
}
