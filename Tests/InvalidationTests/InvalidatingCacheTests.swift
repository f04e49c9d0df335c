import Testing

@testable import Invalidation
@testable import struct Invalidation.Tag

@Suite(.timeLimit(.minutes(20))) struct InvalidatingCacheTests {
    private typealias Cache = InvalidatingCache<Int, String>

    private struct NotFound: Error {}

    /// Asks, and returns when the caller waits for a load. Nothing signals that somebody has entered an actor.
    private func ask(_ cache: Cache, _ key: Int, callers: Int = 1) async -> [Task<String, any Error>] {
        let before = await cache.waiters(for: key)
        let tasks = (0..<callers).map { _ in Task { try await cache.value(for: key) } }
        while await cache.waiters(for: key) < before + callers { await Task.yield() }
        return tasks
    }

    /// A cache that holds `values`, and what makes it load.
    private func cache(
        of values: [Int: [Tag]],
        limit: Int = 100,
        whenStale: Cache.WhenStale = .drop
    ) async throws -> (Cache, ScriptedLoads) {
        let loads = ScriptedLoads()
        let cache = Cache(limit: limit, whenStale: whenStale, loader: loads.loader)
        for (key, tags) in values.sorted(by: { $0.key < $1.key }) {
            let caller = Task { try await cache.value(for: key) }
            try await loads.next().give("value \(key)", tags)
            _ = try await caller.value
        }
        return (cache, loads)
    }

    // MARK: What is kept

    @Test func `a value is loaded once and then kept`() async throws {
        let (cache, loads) = try await cache(of: [1: [Tag("todo", 1)]])
        let value = try await cache.value(for: 1)
        #expect(value == "value 1")
        #expect(loads.count == 1)
    }

    @Test func `a change drops what it covers, by any of its tags, and nothing else`() async throws {
        let values = [
            1: [Tag("todo", 1)], 2: [Tag("list", 7), Tag("todo", 2)], 3: [Tag("todos")], 12: [Tag("todo", 12)],
        ]
        for (told, left) in [
            ([Tag("todo")], [3]), ([Tag("todo", 1)], [2, 3, 12]), ([Tag("todo", 1, "notes")], [1, 2, 3, 12]),
            ([Tag("list")], [1, 3, 12]), ([Tag("todos"), Tag("todo", 2)], [1, 12]), ([], [1, 2, 3, 12]),
        ] {
            let (cache, _) = try await cache(of: values)
            await cache.apply(Change(tags: told))
            var kept: [Int] = []
            for key in values.keys.sorted() where await cache.keeps(key) { kept.append(key) }
            #expect(kept == left, "\(told)")
            #expect(await cache.count == left.count)
        }
    }

    @Test(arguments: ResetReason.allCases) func `a reset drops everything`(_ reason: ResetReason) async throws {
        let (cache, _) = try await cache(of: [1: [Tag("a")], 2: []])
        await cache.apply(Change(reset: reason))
        #expect(await cache.count == 0)
    }

    @Test func `past its limit, what has not been asked for the longest goes first`() async throws {
        let (cache, loads) = try await cache(of: [1: [Tag("a")], 2: [Tag("b")], 3: [Tag("c")]], limit: 3)
        _ = try await cache.value(for: 1)
        let caller = Task { try await cache.value(for: 4) }
        try await loads.next().give("value 4", [])
        _ = try await caller.value
        #expect(await cache.count == 3)
        let kept = await [cache.keeps(1), cache.keeps(2), cache.keeps(3), cache.keeps(4)]
        #expect(kept == [true, false, true, true])
        // What has gone is not in the index any more.
        await cache.apply(Change(tags: [Tag("b")]))
        #expect(await cache.count == 3)
    }

    @Test func `removing drops one or all`() async throws {
        let (cache, _) = try await cache(of: [1: [Tag("a")], 2: [Tag("a")], 3: [Tag("a")]])
        await cache.remove(2)
        #expect(await cache.count == 2)
        #expect(await !cache.keeps(2))
        await cache.removeAll()
        #expect(await cache.count == 0)
    }

    // MARK: Loads under way

    @Test func `callers of one key share one load, and of two keys do not`() async throws {
        let loads = ScriptedLoads()
        let cache = Cache(loader: loads.loader)
        let callers = await ask(cache, 1, callers: 3)
        let other = await ask(cache, 2)
        let (first, second) = (try await loads.next(), try await loads.next())
        for load in [first, second] { load.give("value \(load.key)", []) }
        for caller in callers { #expect(try await caller.value == "value 1") }
        for caller in other { #expect(try await caller.value == "value 2") }
        #expect(loads.count == 2)
    }

    @Test func `a load that a covering change overtakes is neither kept nor served, and done again`() async throws {
        let loads = ScriptedLoads()
        let cache = Cache(loader: loads.loader)
        let callers = await ask(cache, 1, callers: 2)
        let stale = try await loads.next()
        await cache.apply(Change(tags: [Tag("todo")]))
        // Between the change and the end of the load: it shares the stale one, and gets the new one.
        let later = await ask(cache, 1)
        stale.give("old", [Tag("todo", 1)])
        try await loads.next().give("new", [Tag("todo", 1)])
        for caller in callers + later { #expect(try await caller.value == "new") }
        #expect(loads.count == 2)
        let value = try await cache.value(for: 1)
        #expect(value == "new")
    }

    @Test func `a load that other changes overtake is kept`() async throws {
        let loads = ScriptedLoads()
        let cache = Cache(loader: loads.loader)
        let callers = await ask(cache, 1)
        let load = try await loads.next()
        await cache.apply(Change(tags: [Tag("todo", 2), Tag("todo", 1, "notes"), Tag("tod")]))
        load.give("value", [Tag("todo", 1)])
        for caller in callers { #expect(try await caller.value == "value") }
        #expect(await cache.count == 1)
    }

    @Test(arguments: ["reset", "remove", "removeAll"])
    func `a reset and a removal overtake a load whatever its tags`(_ what: String) async throws {
        let loads = ScriptedLoads()
        let cache = Cache(loader: loads.loader)
        let callers = await ask(cache, 1)
        let stale = try await loads.next()
        switch what {
        case "reset": await cache.apply(Change(reset: .gap))
        case "remove": await cache.remove(1)
        default: await cache.removeAll()
        }
        stale.give("old", [])
        try await loads.next().give("new", [])
        for caller in callers { #expect(try await caller.value == "new") }
    }

    /// The moment between the end of a load and that at which its callers run again.
    @Test func `a change that comes while a caller is being woken still counts`() async throws {
        let loads = ScriptedLoads()
        let cache = Cache(loader: loads.loader)
        let callers = await ask(cache, 1, callers: 2)
        _ = try await loads.next()
        await cache.end(loadOf: 1, with: ("old", [Tag("todo", 1)]), andApply: Change(tags: [Tag("todo", 1)]))
        try await loads.next().give("new", [Tag("todo", 1)])
        for caller in callers { #expect(try await caller.value == "new") }
    }

    @Test func `more changes than are kept count as everything`() async throws {
        let loads = ScriptedLoads()
        let cache = Cache(loader: loads.loader)
        let callers = await ask(cache, 1)
        let stale = try await loads.next()
        for number in 0...HeardChanges.maximumTags { await cache.apply(Change(tags: [Tag("other", .integer(number))])) }
        stale.give("old", [Tag("todo", 1)])
        try await loads.next().give("new", [Tag("todo", 1)])
        for caller in callers { #expect(try await caller.value == "new") }
    }

    @Test func `what was told before the oldest load is forgotten first`() {
        var heard = HeardChanges()
        for number in 0...HeardChanges.maximumTags {
            // One load is always under way, and none for long.
            heard.hear([Tag("todo", .integer(number))], loadsBegunAt: [UInt64(max(0, number - 10))])
        }
        #expect(heard.covers([Tag("todo", .integer(HeardChanges.maximumTags))], since: heard.now - 10))
        #expect(!heard.covers([Tag("other")], since: heard.now - 10))
    }

    @Test func `a value that goes stale during every load is an error after so many`() async throws {
        let loads = ScriptedLoads()
        let cache = Cache(reloads: 2, loader: loads.loader)
        let caller = Task { try await cache.value(for: 1) }
        for _ in 0..<3 {
            let load = try await loads.next()
            await cache.apply(Change(tags: [Tag("todo")]))
            load.give("old", [Tag("todo", 1)])
        }
        await #expect(throws: NeverSettled(loads: 3)) { try await caller.value }
        #expect(await cache.count == 0)
    }

    @Test func `where that is asked for it is served instead, and not kept`() async throws {
        let loads = ScriptedLoads()
        let cache = Cache(reloads: 1, whenUnsettled: .serve, loader: loads.loader)
        let caller = Task { try await cache.value(for: 1) }
        for round in 0..<2 {
            let load = try await loads.next()
            await cache.apply(Change(tags: [Tag("todo")]))
            load.give("load \(round)", [Tag("todo", 1)])
        }
        let value = try await caller.value
        #expect(value == "load 1")
        #expect(await cache.count == 0)
    }

    // MARK: Cancellation and errors

    @Test func `a caller that is cancelled leaves the others their load`() async throws {
        let loads = ScriptedLoads()
        let cache = Cache(loader: loads.loader)
        let callers = await ask(cache, 1, callers: 3)
        callers[1].cancel()
        await #expect(throws: CancellationError.self) { try await callers[1].value }
        try await loads.next().give("value", [])
        for caller in [callers[0], callers[2]] { #expect(try await caller.value == "value") }
    }

    @Test func `a load that all callers have left is cancelled, and whoever asks next begins another`() async throws {
        let loads = ScriptedLoads()
        let cache = Cache(loader: loads.loader)
        let callers = await ask(cache, 1, callers: 2)
        let left = try await loads.next()
        for caller in callers { caller.cancel() }
        let cancelled = try await loads.nextCancelled()
        #expect(cancelled == 1)
        let next = await ask(cache, 1)
        let load = try await loads.next()
        left.give("of nobody", [])
        load.give("value", [])
        for caller in next { #expect(try await caller.value == "value") }
    }

    @Test func `an error goes to all who wait and is not kept`() async throws {
        let loads = ScriptedLoads()
        let cache = Cache(loader: loads.loader)
        let callers = await ask(cache, 1, callers: 2)
        try await loads.next().fail(NotFound())
        for caller in callers { await #expect(throws: NotFound.self) { try await caller.value } }
        let next = await ask(cache, 1)
        try await loads.next().give("value", [])
        for caller in next { #expect(try await caller.value == "value") }
    }

    @Test func `who asks after a change does not get the error of a load from before it`() async throws {
        let loads = ScriptedLoads()
        let cache = Cache(loader: loads.loader)
        let before = await ask(cache, 1)
        let load = try await loads.next()
        await cache.apply(Change(tags: [Tag("todo", 1)]))
        let after = await ask(cache, 1)
        load.fail(NotFound())
        try await loads.next().give("made meanwhile", [])
        for caller in before { await #expect(throws: NotFound.self) { try await caller.value } }
        for caller in after { #expect(try await caller.value == "made meanwhile") }
    }

    // MARK: Reloading

    @Test func `where stale values are reloaded, that is done at once and for nobody`() async throws {
        let (cache, loads) = try await cache(of: [1: [Tag("todo", 1)], 2: [Tag("todo", 2)]], whenStale: .reload)
        await cache.apply(Change(tags: [Tag("todo", 1)]))
        let load = try await loads.next()
        #expect(load.key == 1)
        load.give("new", [Tag("todo", 1)])
        // Joins the load, or finds what it gave.
        let value = try await cache.value(for: 1)
        #expect(value == "new")
        #expect(loads.count == 3)
    }

    @Test func `reloads come a few at a time, and the last that was asked for comes first`() async throws {
        let tags = Dictionary(uniqueKeysWithValues: (1...20).map { ($0, [Tag("todo", .integer($0))]) })
        let (cache, loads) = try await cache(of: tags, whenStale: .reload)
        await cache.apply(Change(reset: .gap))
        var running: [ScriptedLoads.Load] = []
        for _ in 0..<Cache.reloadsAtOnce { running.append(try await loads.next()) }
        #expect(Set(running.map(\.key)) == [20, 19, 18, 17])
        #expect(loads.count == 20 + Cache.reloadsAtOnce)
        for number in stride(from: 16, through: 1, by: -1) {
            running.removeFirst().give("new", [])
            let next = try await loads.next()
            #expect(next.key == number)
            running.append(next)
        }
    }

    @Test func `a reload that is overtaken is done again, and one that fails leaves nothing`() async throws {
        let (cache, loads) = try await cache(of: [1: [Tag("todo", 1)]], whenStale: .reload)
        await cache.apply(Change(tags: [Tag("todo", 1)]))
        let stale = try await loads.next()
        await cache.apply(Change(tags: [Tag("todo", 1)]))
        stale.give("old", [Tag("todo", 1)])
        let again = try await loads.next()
        let callers = await ask(cache, 1)
        again.fail(NotFound())
        for caller in callers { await #expect(throws: NotFound.self) { try await caller.value } }
        #expect(await cache.count == 0)
    }

    @Test func `loading again does not count as asking for it`() async throws {
        let (cache, loads) = try await cache(of: [1: [Tag("a")], 2: [Tag("b")]], limit: 2, whenStale: .reload)
        await cache.apply(Change(tags: [Tag("a")]))
        try await loads.next().give("new", [Tag("a")])
        let caller = Task { try await cache.value(for: 3) }
        try await loads.next().give("value 3", [])
        _ = try await caller.value
        let kept = await [cache.keeps(1), cache.keeps(2), cache.keeps(3)]
        #expect(kept == [false, true, true])
    }
}
