import Invalidation
import NIOCore
import Synchronization

/// Those who watch what passes. While there are none, nothing is kept or counted.
final class Onlookers: Sendable {
    private struct State {
        var watches: [PassingWatch] = []
        var reports = Allowance(perSecond: Onlookers.reportsPerSecond)
        var counts = Allowance(perSecond: Onlookers.countsPerSecond)
        var tags = BusyCount<Tag>()
        var scopes = BusyCount<Scope>()
    }

    /// How many may watch at once.
    static let most = 20

    /// Of how many invalidations a second it is found out who hears them; the others are counted.
    static let reportsPerSecond = 100

    /// Of how many a second the tags and scopes are counted: enough to know the busiest, and little to do in a flood.
    static let countsPerSecond = 5_000

    private let isWatched = Atomic(false)
    private let state = Mutex(State())

    /// What every invalidation asks, watched or not: one load.
    var areThere: Bool { isWatched.load(ordering: .relaxed) }

    var count: Int { state.withLock { $0.watches.count } }

    private static var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000_000) }

    func join() -> PassingWatch? {
        state.withLock { state in
            guard state.watches.count < Self.most else { return nil }
            let watch = PassingWatch()
            state.watches.append(watch)
            isWatched.store(true, ordering: .relaxed)
            return watch
        }
    }

    func leave(_ watch: PassingWatch) {
        state.withLock { state in
            state.watches.removeAll { $0 === watch }
            guard state.watches.isEmpty else { return }
            isWatched.store(false, ordering: .relaxed)
            state = State()
        }
    }

    /// Counts a batch, and says how many of it, from its beginning, are to be reported on.
    func note(_ batch: [Invalidation]) -> Int {
        let now = Self.now
        let (granted, watches) = state.withLock { state in
            for invalidation in batch.prefix(state.counts.take(batch.count, at: now)) {
                for tag in invalidation.tags { state.tags.note(tag, at: now) }
                state.scopes.note(invalidation.scope, at: now)
            }
            return (state.reports.take(batch.count, at: now), state.watches)
        }
        if granted < batch.count { for watch in watches { watch.add(others: batch.count - granted) } }
        return granted
    }

    func tell(_ passed: [PassingWatch.Passed]) {
        for watch in state.withLock(\.watches) { watch.add(passed) }
    }

    func busiest(_ most: Int) -> BusyList {
        let now = Self.now
        let (tags, scopes) = state.withLock { ($0.tags, $0.scopes) }
        return BusyList(
            tags: tags.busiest(most, at: now).map { .init(name: $0.key.text, count: $0.count) },
            scopes: scopes.busiest(most, at: now).map { .init(name: $0.key.text, count: $0.count) }
        )
    }
}
