import DequeModule

/// The latest invalidations in commit order, from which a reconnecting client is served without a query.
///
/// Entries stand in the order in which they were heard, which is not the order of transaction ids. Each therefore
/// carries the highest id up to itself: the first entry that a position can need is found by bisection, and everything
/// before it is known to lie below.
package struct History: Sendable {
    /// What the memory for history is bounded by; past either, the oldest entries go and the floor rises.
    package struct Limit: Sendable {
        package var entries: Int
        package var bytes: Int

        package init(entries: Int = 100_000, bytes: Int = 64 << 20) {
            self.entries = entries
            self.bytes = bytes
        }
    }

    private struct Entry {
        let invalidation: Invalidation
        let xid: UInt64
        let highestXid: UInt64
        let bytes: Int
    }

    private let limit: Limit
    private var entries: Deque<Entry> = []
    private var bytes = 0
    private var evicted: UInt64 = 0

    /// Everything before this has been appended, or lies below ``floor``.
    package private(set) var position: Position

    /// The lowest horizon that can be served: every committed invalidation of a transaction from here on is here.
    package private(set) var floor: UInt64

    /// - Parameters:
    ///   - position: where the history begins to grow.
    ///   - floor: from which transaction on it is complete once `append` has been given what lies between.
    package init(position: Position, floor: UInt64, limit: Limit = Limit()) {
        self.position = position
        self.floor = floor
        self.limit = limit
    }

    package var count: Int { entries.count }

    /// How many entries have been appended since the beginning: the ordinal of the next one.
    package var end: UInt64 { evicted + UInt64(entries.count) }

    /// Appends what was heard and moves the position up to `horizon`, if that is higher.
    package mutating func append(_ invalidations: some Collection<Invalidation>, horizon: UInt64) {
        for invalidation in invalidations {
            // An invalidation without a proven transaction belongs where it was heard: to every position until now.
            let xid = invalidation.xid ?? position.horizon
            let size = invalidation.estimatedSize
            entries.append(
                Entry(
                    invalidation: invalidation,
                    xid: xid,
                    highestXid: max(xid, entries.last?.highestXid ?? 0),
                    bytes: size
                )
            )
            bytes += size
        }
        position.horizon = max(position.horizon, horizon)
        while entries.count > limit.entries || bytes > limit.bytes, let oldest = entries.popFirst() {
            bytes -= oldest.bytes
            evicted += 1
            floor = max(floor, oldest.xid == .max ? .max : oldest.xid + 1)
        }
    }

    /// What a client at `position` has to be told, of the entries before ordinal `end`.
    ///
    /// - Returns: every entry of a transaction at or above the position's horizon: complete, with a few that the client
    ///   may have heard. Nil where the history cannot tell, which is a `reset`.
    package func replay(from position: Position, before end: UInt64) -> [Invalidation]? {
        guard position.timeline == self.position.timeline, position.horizon >= floor else { return nil }
        let upper = min(entries.count, Int(clamping: end - min(end, evicted)))
        var low = entries.startIndex
        var high = upper
        while low < high {
            let middle = low + (high - low) / 2
            if entries[middle].highestXid >= position.horizon { high = middle } else { low = middle + 1 }
        }
        return entries[low..<upper].lazy.filter { $0.xid >= position.horizon }.map(\.invalidation)
    }
}

extension Invalidation {
    /// Roughly what it takes in memory, in bytes.
    var estimatedSize: Int {
        tags.reduce(160 + scope.text.utf8.count + (origin?.utf8.count ?? 0)) { $0 + 40 + $1.text.utf8.count }
    }
}
