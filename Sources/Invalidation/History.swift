import DequeModule

/// The latest invalidations in commit order, from which a reconnecting client is served without a query.
///
/// They are kept by scope, because a client asks for a few scopes only, and after a deploy all clients ask at once.
/// Within a scope they stand in the order in which they were heard, which is not the order of transaction ids. Each
/// therefore carries the highest id up to itself: the first entry that a position can need is found by bisection, and
/// everything before it is known to lie below.
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
        let ordinal: UInt64
        let xid: UInt64
        let highestXid: UInt64
    }

    /// How many heartbeats an invalidation by hand waits for its place.
    private static let beatsToPlace = 3

    /// How many of them wait at most; past that the oldest gets its place at once.
    private static let maximumUnplaced = 1_000

    private let limit: Limit
    private var entries: [Scope: Deque<Entry>] = [:]

    /// The scope of every entry, the oldest first.
    private var order: Deque<Scope> = []
    private var bytes = 0
    private var evicted: UInt64 = 0

    /// What came without a proven transaction, and how many heartbeats have come since.
    private var unplaced: Deque<(entry: Entry, beats: Int)> = []

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

    package var count: Int { order.count }

    /// How many entries have been appended since the beginning: the ordinal of the next one.
    package var end: UInt64 { evicted + UInt64(order.count) }

    /// Appends what was heard and moves the position up to `horizon`, if that is higher; nothing but a horizon is a
    /// heartbeat.
    ///
    /// An invalidation without a proven transaction is told to every position until now, and at first to every newer one
    /// as well: `freshet.position()` may have given that before it was committed, being ahead of what was heard. A
    /// horizon that was read after it was heard lies above all such positions; then it gets its place there.
    package mutating func append(_ invalidations: some Collection<Invalidation>, horizon: UInt64) {
        for invalidation in invalidations {
            let entry = append(invalidation, xid: invalidation.xid ?? position.horizon)
            if invalidation.xid == nil { unplaced.append((entry, 0)) }
        }
        position.horizon = max(position.horizon, horizon)
        if invalidations.isEmpty {
            for index in unplaced.indices { unplaced[index].beats += 1 }
        }
        while let oldest = unplaced.first, oldest.beats >= Self.beatsToPlace || unplaced.count > Self.maximumUnplaced {
            unplaced.removeFirst()
            append(oldest.entry.invalidation, xid: position.horizon)
        }
        while !order.isEmpty, order.count > limit.entries || bytes > limit.bytes { evictOldest() }
    }

    @discardableResult
    private mutating func append(_ invalidation: Invalidation, xid: UInt64) -> Entry {
        let scope = invalidation.scope
        let entry = Self.add(invalidation, ordinal: end, xid: xid, to: &entries[scope, default: []])
        order.append(scope)
        bytes += invalidation.estimatedSize
        return entry
    }

    private static func add(
        _ invalidation: Invalidation,
        ordinal: UInt64,
        xid: UInt64,
        to entries: inout Deque<Entry>
    ) -> Entry {
        let highest = max(xid, entries.last?.highestXid ?? 0)
        let entry = Entry(invalidation: invalidation, ordinal: ordinal, xid: xid, highestXid: highest)
        entries.append(entry)
        return entry
    }

    private mutating func evictOldest() {
        guard let scope = order.popFirst(), let place = entries.index(forKey: scope) else { return }
        guard let oldest = entries.values[place].popFirst() else { return }
        if entries.values[place].isEmpty { entries.remove(at: place) }
        bytes -= oldest.invalidation.estimatedSize
        evicted += 1
        floor = max(floor, oldest.xid == .max ? .max : oldest.xid + 1)
    }

    /// What a client at `position` has to be told, of the entries before ordinal `end`, in their order.
    ///
    /// - Returns: every entry in the grants of a transaction at or above the position's horizon: complete, with a few
    ///   that the client may have heard. Nil where the history cannot tell, which is a `reset`.
    package func replay(from position: Position, before end: UInt64, for grants: Grants) -> [Invalidation]? {
        guard position.timeline == self.position.timeline, position.horizon >= floor else { return nil }
        var missed: [Entry] = []
        for scope in grants.scopes + [.everyone] {
            guard let entries = entries[scope] else { continue }
            let first = entries.partition { $0.highestXid >= position.horizon }
            let last = entries.partition { $0.ordinal >= end }
            guard first < last else { continue }
            for entry in entries[first..<last] where entry.xid >= position.horizon { missed.append(entry) }
        }
        for (entry, _) in unplaced where entry.ordinal < end && entry.xid < position.horizon {
            if grants.hears(entry.invalidation.scope) { missed.append(entry) }
        }
        missed.sort { $0.ordinal < $1.ordinal }
        return missed.map(\.invalidation)
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first index from which on `holds` is true, where it is false before and true after.
    fileprivate func partition(_ holds: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension Invalidation {
    /// Roughly what it takes in memory, in bytes.
    var estimatedSize: Int {
        tags.reduce(240 + scope.text.utf8.count + (origin?.utf8.count ?? 0)) { $0 + 40 + $1.text.utf8.count }
    }
}
