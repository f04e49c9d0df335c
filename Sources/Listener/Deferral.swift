import Invalidation

/// Notifications that wait for a poll, in the order in which they were heard.
///
/// While news is left to the log, a logout that was committed before a notification may stand there and not have been read.
/// So what is heard then is told after a poll that began later, and its horizon counts from then on.
struct Deferral: Sendable {
    private struct Entry {
        let told: Invalidation?
        let horizon: UInt64
    }

    /// How many wait at most; a poll comes within milliseconds, so more than that is a flood.
    static let limit = 100_000

    private var entries: [Entry] = []
    private var released = 0

    /// How many have ever waited.
    var count: Int { released + entries.count }

    var isFull: Bool { entries.count >= Self.limit }

    mutating func append(_ told: Invalidation?, horizon: UInt64) {
        entries.append(Entry(told: told, horizon: horizon))
    }

    /// Takes out those that were among the first `count`.
    mutating func release(upTo count: Int) -> (told: [Invalidation], horizon: UInt64) {
        let taken = entries.prefix(max(0, count - released))
        defer {
            released += taken.count
            entries.removeFirst(taken.count)
        }
        return (taken.compactMap(\.told), taken.map(\.horizon).max() ?? 0)
    }

    mutating func removeAll() { self = Deferral() }
}
