import SeededRandom
import Testing

@testable import Invalidation
@testable import struct Invalidation.Tag

/// The cache beside a model that remembers every change and asks the stale rule of all of them.
@Suite(.timeLimit(.minutes(20))) struct InvalidatingCacheModelTests {
    @Test(arguments: 0..<150 as Range<UInt64>)
    func `whatever comes between the beginning and the end of a load, it does what the rule says`(
        _ seed: UInt64
    ) async throws {
        var run = Run(seed: seed)
        for _ in 0..<120 { try await run.step() }
    }

    /// Threads, and no order that a test has chosen. What is written here is told before anybody asks again.
    @Test func `a caller gets whatever was told before it asked, however many ask and tell at once`() async throws {
        let table = Table()
        let cache = InvalidatingCache<Int, Int>(limit: 5, reloads: 1_000) { key in
            let value = await table.read(key)
            await Task.yield()
            return (value, [Tag("row", .integer(key))])
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    var random = SeededRandom(seed: UInt64(number))
                    for _ in 0..<400 {
                        let key = random.int(0..<8)
                        if random.chance(0.3) {
                            let written = await table.write(key)
                            let tag = random.chance(0.1) ? Tag("row") : Tag("row", .integer(key))
                            await cache.apply(Change(tags: [tag]))
                            await table.tell(key, written)
                        }
                        let told = await table.told(key)
                        let value = try await cache.value(for: key)
                        #expect(value >= told)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// Rows that count how often they were written, and what of that has been told to the cache.
private actor Table {
    private var rows: [Int: Int] = [:]
    private var told: [Int: Int] = [:]

    func read(_ key: Int) -> Int { rows[key, default: 0] }

    func write(_ key: Int) -> Int {
        rows[key, default: 0] += 1
        return read(key)
    }

    func tell(_ key: Int, _ written: Int) { told[key] = max(told(key), written) }

    func told(_ key: Int) -> Int { told[key, default: 0] }
}

/// One history: a cache, and what it must do.
private struct Run {
    private struct Failed: Error {}

    private struct Caller {
        let task: Task<String, any Error>
        let asked: Int
    }

    private struct Running {
        let load: ScriptedLoads.Load
        let start: Int
        var isForgotten = false
        var callers: [Caller]
    }

    private static let limit = 4
    private static let tags = ["a", "a/1", "a/1/x", "a/2", "b", "b/1", "b/2", "c"].compactMap(Tag.init(text:))

    private let loads = ScriptedLoads()
    private let cache: InvalidatingCache<Int, String>
    private var random: SeededRandom
    private var changes: [Change] = []
    private var running: [Int: Running] = [:]

    /// The last asked for at the end.
    private var kept: [(key: Int, value: String, tags: [Tag])] = []
    private var count = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        cache = InvalidatingCache(limit: Self.limit, reloads: 1_000, loader: loads.loader)
    }

    mutating func step() async throws {
        switch random.int(0..<20) {
        case 0..<7: try await ask(random.int(0..<7))
        case 7..<11: await change()
        case 11..<16: try await give()
        case 16: try await fail()
        case 17: try await cancel()
        case 18:
            let key = random.int(0..<7)
            kept.removeAll { $0.key == key }
            running[key]?.isForgotten = true
            await cache.remove(key)
        default:
            guard random.chance(0.2) else { return }
            kept = []
            for key in running.keys { running[key]?.isForgotten = true }
            await cache.removeAll()
            // Counts as a change to whoever asks from now on.
            changes.append(Change(tags: []))
        }
        let count = await cache.count
        try #require(count == kept.count)
        for key in 0..<7 {
            let holds = await cache.keeps(key)
            try #require(holds == kept.contains { $0.key == key })
        }
    }

    private mutating func ask(_ key: Int) async throws {
        if let index = kept.firstIndex(where: { $0.key == key }) {
            let value = try await cache.value(for: key)
            #expect(value == kept[index].value)
            let asked = kept.remove(at: index)
            kept.append(asked)
            return
        }
        let task = Task { [cache, loads] in
            defer { loads.hasReturned() }
            return try await cache.value(for: key)
        }
        let caller = Caller(task: task, asked: changes.count)
        try await join(key, [caller])
    }

    /// Waits until all of them wait for the load of their key; if none runs, one begins.
    private mutating func join(_ key: Int, _ callers: [Caller], returns: Int = 0) async throws {
        if let load = try await loads.next(returns: returns, begins: running[key] == nil && !callers.isEmpty) {
            guard load.key == key else { throw Failed() }
            running[key] = Running(load: load, start: changes.count, callers: [])
        }
        running[key]?.callers += callers
        let count = running[key]?.callers.count ?? 0
        // Nothing signals that somebody has entered an actor; a cache that breaks the rule must not keep us for ever.
        for _ in 0..<100_000 {
            if await cache.waiters(for: key) == count { return }
            await Task.yield()
        }
        throw Failed()
    }

    private mutating func change() async {
        let tags = (0..<random.int(0..<3)).map { _ in random.pick(Self.tags) }
        let change = random.chance(0.1) ? Change(reset: .gap) : Change(tags: tags)
        changes.append(change)
        kept.removeAll { Self.isStale($0.tags, [change][...]) }
        await cache.apply(change)
    }

    private mutating func give() async throws {
        guard let key = running.keys.sorted().randomElement(using: &random),
            let run = running.removeValue(forKey: key)
        else { return }
        count += 1
        let (value, tags) = ("value \(count)", (0..<random.int(0..<3)).map { _ in random.pick(Self.tags) })
        let stale = run.isForgotten || Self.isStale(tags, changes[run.start...])
        run.load.give(value, tags)
        if stale { return try await join(key, run.callers) }
        _ = try await loads.next(returns: run.callers.count, begins: false)
        for caller in run.callers {
            let served = try await caller.task.value
            #expect(served == value)
        }
        if kept.count == Self.limit { kept.removeFirst() }
        kept.append((key, value, tags))
    }

    private mutating func fail() async throws {
        guard let key = running.keys.sorted().randomElement(using: &random),
            let run = running.removeValue(forKey: key)
        else { return }
        run.load.fail(Failed())
        // Those who asked after a change do not get the error of a load from before it.
        let late = run.callers.filter { $0.asked > run.start }
        try await join(key, late, returns: run.callers.count - late.count)
        for caller in run.callers where caller.asked <= run.start {
            await #expect(throws: Failed.self) { try await caller.task.value }
        }
    }

    private mutating func cancel() async throws {
        guard let key = running.keys.sorted().randomElement(using: &random), var run = running[key] else { return }
        let caller = run.callers.remove(at: random.int(0..<run.callers.count))
        caller.task.cancel()
        _ = try await loads.next(returns: 1, begins: false)
        await #expect(throws: CancellationError.self) { try await caller.task.value }
        running[key] = run.callers.isEmpty ? nil : run
        if run.callers.isEmpty {
            let cancelled = try await loads.nextCancelled()
            #expect(cancelled == key)
            run.load.give("of nobody", [])
        }
    }

    /// The stale rule, of each tag and each change.
    private static func isStale(_ tags: [Tag], _ changes: ArraySlice<Change>) -> Bool {
        changes.contains { change in change.reset != nil || tags.contains(where: change.covers) }
    }
}
