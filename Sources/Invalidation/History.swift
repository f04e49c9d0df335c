/// The latest invalidations in commit order, from which a reconnecting client is served without a query.
///
/// They stand in one queue, and those of a scope are chained through it, because a client asks for a few scopes only, and
/// after a deploy all clients ask at once. Within a scope they stand in the order in which they were heard, which is not
/// the order of transaction ids. Each therefore carries the highest id up to itself: whoever goes back through a chain
/// stops where that falls below a position, and everything before is known to lie below, too.
///
/// The chains stand beside what they chain, which is packed away until somebody has to be told of it. They are made when
/// somebody comes back, of what came since the last time: while nobody does, to append is to write at two ends.
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

    /// What is known of an entry beside what it says.
    private struct Link: BitwiseCopyable {
        let place: PackedInvalidations.Place
        let bytes: Int

        /// `UInt64.max` while it has no place.
        var xid: UInt64

        // What follows is there once it has been chained.

        var highestXid: UInt64 = 0

        /// The ordinals of the entries of the same scope before and after this one.
        var previous: UInt64?
        var next: UInt64?

        /// Notes the entry that follows.
        ///
        /// - Returns: the highest id up to that entry, whose own is `xid`.
        mutating func extend(to ordinal: UInt64, xid: UInt64) -> UInt64 {
            next = ordinal
            return max(highestXid, xid)
        }
    }

    /// An entry without a proven transaction, and how many heartbeats have come since.
    private struct Unplaced: BitwiseCopyable {
        let ordinal: UInt64
        var beats = 0
    }

    /// How many heartbeats an invalidation by hand waits for its place.
    private static let beatsToPlace = 3

    /// How many of them wait at most; past that the oldest gets its place at once.
    private static let maximumUnplaced = 1_000

    /// How many invalidations a client that comes back is told of in one scope; past that it refetches everything, which
    /// costs both sides less.
    private static let mostMissed = 10_000

    private let limit: Limit

    /// From how many missed of one scope on they are merged for all who missed them.
    private let sharedFrom: Int
    private var shared = SharedReplays()

    private var entries = PackedInvalidations()

    /// An entry's ordinal is its index here and ``evicted``.
    private var links = Queue<Link>()

    /// The ordinal of each scope's newest entry, of those that have been chained.
    private var newest: [Scope: UInt64] = [:]

    /// The ordinal of the first entry that has not.
    private var chained: UInt64 = 0
    private var bytes = 0
    private var evicted: UInt64 = 0

    /// What came without a proven transaction, and how many heartbeats have come since.
    private var unplaced = Queue<Unplaced>()

    /// Everything before this has been appended, or lies below ``floor``.
    package private(set) var position: Position

    /// The lowest horizon that can be served: every committed invalidation of a transaction from here on is here.
    package private(set) var floor: UInt64

    /// - Parameters:
    ///   - position: where the history begins to grow.
    ///   - floor: from which transaction on it is complete once `append` has been given what lies between.
    package init(position: Position, floor: UInt64, limit: Limit = Limit(), sharedFrom: Int = 128) {
        self.position = position
        self.floor = floor
        self.limit = limit
        self.sharedFrom = sharedFrom
    }

    package var count: Int { links.count }

    package var size: HistorySize {
        // Where the oldest has no place yet there is no position that can be resumed but the newest.
        let span = floor > position.horizon ? 0 : position.horizon - floor
        return HistorySize(entries: links.count, bytes: bytes, transactions: span)
    }

    /// How many entries have been appended since the beginning: the ordinal of the next one.
    package var end: UInt64 { evicted + UInt64(links.count) }

    /// Appends what was heard and moves the position up to `horizon`, if that is higher; nothing but a horizon is a
    /// heartbeat.
    ///
    /// An invalidation without a proven transaction is told to every position until now, and at first to every newer one
    /// as well: `freshet.position()` may have given that before it was committed, being ahead of what was heard. A
    /// horizon that was read after it was heard lies above all such positions; then it gets its place there.
    package mutating func append(_ invalidations: some Collection<Invalidation>, horizon: UInt64) {
        for invalidation in invalidations {
            if invalidation.xid == nil { unplaced.append(Unplaced(ordinal: end)) }
            append(invalidation)
        }
        position.horizon = max(position.horizon, horizon)
        if invalidations.isEmpty {
            for index in unplaced.indices { unplaced[index].beats += 1 }
            shared.forget()
        }
        while let oldest = unplaced.first, oldest.beats >= Self.beatsToPlace || unplaced.count > Self.maximumUnplaced {
            placeOldest()
        }
        while !links.isEmpty, links.count > limit.entries || bytes > limit.bytes { evictOldest() }
    }

    private mutating func append(_ invalidation: Invalidation) {
        let (place, packed) = entries.append(invalidation)
        let size = packed + MemoryLayout<Link>.stride
        bytes += size
        links.append(Link(place: place, bytes: size, xid: invalidation.xid ?? .max))
    }

    /// Chains all that has been appended since the last time.
    private mutating func chain() {
        while chained < end {
            let xid = self[chained].xid
            let previous = newest.updateValue(chained, forKey: entries.scope(at: self[chained].place))
            self[chained].previous = previous
            self[chained].highestXid = previous.map { self[$0].extend(to: chained, xid: xid) } ?? xid
            chained += 1
        }
    }

    private subscript(ordinal: UInt64) -> Link {
        get { links[Int(ordinal - evicted)] }
        _modify { yield &links[Int(ordinal - evicted)] }
    }

    /// Puts the oldest invalidation without a place at the position that has been reached.
    private mutating func placeOldest() {
        guard let ordinal = unplaced.popFirst()?.ordinal else { return }
        self[ordinal].xid = position.horizon
        guard ordinal < chained else { return }
        // It no longer stands above all ids, and nor does what comes after it in its scope, up to the next without a place.
        var next: UInt64? = ordinal
        while let current = next, self[current].highestXid == .max {
            let before = self[current].previous.flatMap { $0 >= evicted ? self[$0].highestXid : nil } ?? 0
            self[current].highestXid = max(before, self[current].xid)
            guard self[current].highestXid != .max else { return }
            next = self[current].next
        }
    }

    private mutating func evictOldest() {
        if unplaced.first?.ordinal == evicted { placeOldest() }
        guard let link = links.popFirst() else { return }
        if evicted < chained, link.next == nil { newest[entries.scope(at: link.place)] = nil }
        entries.forget(before: links.first?.place)
        bytes -= link.bytes
        evicted += 1
        chained = max(chained, evicted)
        floor = max(floor, link.xid == .max ? .max : link.xid + 1)
    }

    /// What a client at `position` has to be told, of the entries before ordinal `end`, merged.
    ///
    /// Everything in the grants of a transaction at or above the position's horizon is told, with a few that the client
    /// may have heard. Nil where the history cannot tell, which is a `reset`.
    package mutating func replay(
        from position: Position,
        before end: UInt64,
        for grants: Grants,
        filter: TagFilter? = nil
    ) -> Pending? {
        guard position.timeline == self.position.timeline, position.horizon >= floor else { return nil }
        chain()
        var pending = Pending()
        var alone: [UInt64] = []
        for scope in grants.scopes + [.everyone] {
            var missed = missed(in: scope, from: position.horizon, before: end)
            guard missed.count <= Self.mostMissed else {
                pending.add(reset: .overflow)
                return pending
            }
            if missed.count >= sharedFrom, let first = missed.last, let last = missed.first {
                let stretch = SharedReplays.Stretch(of: scope, missed: first...last)
                let merged = merged(stretch)
                // Past a filter there may be few enough to be named.
                if filter == nil || !merged.isReset {
                    pending.add(merged, filter: filter)
                    missed.removeAll { stretch.ordinals.contains($0) }
                }
            }
            alone += missed
        }
        alone.sort()
        for ordinal in alone { pending.add(entries[self[ordinal].place], filter: filter) }
        return pending
    }

    /// The ordinals of a scope's entries of transactions at or above a horizon, the newest first; a few too many of them
    /// where they are past counting.
    private func missed(in scope: Scope, from horizon: UInt64, before end: UInt64) -> [UInt64] {
        var missed: [UInt64] = []
        var next = newest[scope]
        while let ordinal = next, ordinal >= evicted, missed.count <= Self.mostMissed {
            let link = self[ordinal]
            guard link.highestXid >= horizon else { break }
            if link.xid >= horizon, ordinal < end { missed.append(ordinal) }
            next = link.previous
        }
        return missed
    }

    private mutating func merged(_ stretch: SharedReplays.Stretch) -> Pending {
        var shared = self.shared
        self.shared = SharedReplays()
        defer { self.shared = shared }
        return shared.merged(stretch) {
            var ordinals: [UInt64] = []
            var next = newest[stretch.scope]
            while let ordinal = next, ordinal >= max(evicted, stretch.ordinals.lowerBound) {
                if ordinal < stretch.ordinals.upperBound { ordinals.append(ordinal) }
                next = self[ordinal].previous
            }
            var pending = Pending()
            for ordinal in ordinals.reversed() { pending.add(entries[self[ordinal].place], filter: nil) }
            return pending
        }
    }
}
