import EventStream
import Invalidation
import SeededRandom

import struct Invalidation.Tag

/// Transactions as PostgreSQL lets them be: ids in the order of beginning, notifications in the order of commit, each
/// with the oldest id that ran when it was emitted.
struct Database {
    struct Committed {
        let ordinal: Int
        let timeline: Timeline
        let xid: UInt64
        let invalidation: Invalidation
    }

    private let scopes: [Scope]
    private var running: [(xid: UInt64, spoke: UInt64)] = []
    private var next: UInt64 = 100

    private(set) var timeline: Timeline
    private(set) var committed: [Committed] = []

    init(timeline: Timeline, scopes: [Scope]) {
        self.timeline = timeline
        self.scopes = scopes
    }

    /// The oldest transaction that runs, or the next one.
    var horizon: UInt64 { running.map(\.xid).min() ?? next }

    var position: Position { Position(timeline: timeline, horizon: horizon) }

    mutating func begin() {
        running.append((next, 0))
        next += 1
        running[running.count - 1].spoke = horizon
    }

    /// Commits one of the running transactions, each of which has emitted one tag that no other has.
    ///
    /// - Returns: what the database knows and the horizon that it notified, or nil where none runs.
    mutating func commit(_ random: inout SeededRandom) -> (Committed, horizon: UInt64)? {
        guard !running.isEmpty else { return nil }
        let done = running.remove(at: random.int(0..<running.count))
        let ordinal = committed.count
        let coversAll = random.chance(0.02)
        guard let tag = Tag(text: "t\(random.int(0..<3))/\(ordinal)") else { return nil }
        let entry = Committed(
            ordinal: ordinal,
            timeline: timeline,
            xid: done.xid,
            invalidation: Invalidation(tags: [tag], scope: random.pick(scopes), xid: done.xid, coversAll: coversAll)
        )
        committed.append(entry)
        return (entry, done.spoke)
    }

    /// What the log holds of this timeline from `floor` on.
    func log(from floor: UInt64) -> [Invalidation] {
        committed.filter { $0.timeline == timeline && $0.xid >= floor }.map(\.invalidation)
    }

    /// Another database takes this one's place: its ids mean other transactions, and what ran is gone.
    mutating func failOver(to timeline: Timeline) {
        self.timeline = timeline
        running = []
        next -= 20
    }
}
