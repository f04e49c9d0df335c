import Invalidation
import NIOEmbedded
import Synchronization
import Testing

@testable import EventStream

/// Who hears an invalidation, and what a watcher is told of those that pass.
@Suite struct HearingTests {
    private func report(_ stage: Stage, on invalidation: Invalidation) throws -> HearingReport {
        let said = Mutex<[HearingReport]>([])
        stage.hub.reports(on: [invalidation]) { reports in said.withLock { $0 = reports } }
        stage.loop.run()
        return try #require(said.withLock { $0.first })
    }

    private func controls(_ version: UInt64, paused: Bool = false, disabled: String...) throws -> Controls {
        Controls(version: version, isPaused: paused, disabled: TagSet(try disabled.map(tag)))
    }

    // MARK: Why

    @Test func `each user is named with the reason by which the session hears the scope`() throws {
        let stage = try Stage()
        let clients = [
            try stage.welcomed(user("ann")), try stage.welcomed(user("ann")),
            try stage.welcomed(user("bob", scopes: "tenant/acme", "user/ann")), try stage.welcomed(LiveSession(nil)),
        ]
        let own = try report(stage, on: invalidation("a", scope: "user/ann"))
        #expect(own.hearing == 3)
        #expect(
            Set(own.hearers) == [
                .init(user: "ann", streams: 2, reason: .ownUser), .init(user: "bob", streams: 1, reason: .extraScope),
            ]
        )
        let tenant = try report(stage, on: invalidation("a", scope: "tenant/acme"))
        #expect(tenant.hearers == [.init(user: "bob", streams: 1, reason: .extraScope)])
        let global = try report(stage, on: invalidation("a", scope: "global"))
        #expect(global.hearing == clients.count)
        #expect(global.hearers.contains(.init(user: nil, streams: 1, reason: .global)))
        let all = try report(stage, on: invalidation("a", scope: "*"))
        #expect(all.hearers.allSatisfy { $0.reason == .everyone } && all.hearing == 4)
        #expect(try report(stage, on: invalidation("a", scope: "user/eve")).hearing == 0)
    }

    @Test func `a stream that has asked for other tags is counted apart`() throws {
        let stage = try Stage()
        let clients = [
            try stage.welcomed(user("ann"), filter: filter("todo/42")),
            try stage.welcomed(user("bob"), filter: filter("note")), try stage.welcomed(user("eve")),
        ]
        let report = try report(stage, on: invalidation("todo", scope: "global"))
        #expect(report.hearing == 2 && report.filtered == 1)
        #expect(Set(report.hearers.map(\.user)) == ["ann", "eve"])
        _ = clients
    }

    @Test func `a pause and disabled tags are told as they hold in the order of deliveries`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        stage.obey(try controls(1, paused: true, disabled: "todo"))
        let part = try report(stage, on: invalidation("todo/42", "note", scope: "global"))
        #expect(part.isPaused && !part.isDropped && part.hearing == 1)
        #expect(part.disabled == [try tag("todo/42")])
        let none = try report(stage, on: invalidation("todo/42", scope: "global"))
        #expect(none.isDropped && none.hearing == 0)
        _ = client
    }

    // MARK: Bounds

    @Test func `of many users twenty are named, and of very many streams the first are looked at`() throws {
        let stage = try Stage(HubConfiguration(streamsPerUser: 10))
        var clients: [Client] = []
        for number in 0..<30 { clients.append(try stage.welcomed(user("u\(number)"))) }
        let some = try report(stage, on: invalidation("a", scope: "global"))
        #expect(some.hearing == 30 && some.hearers.count == 20 && some.unnamed == 10 && some.unexamined == 0)
        for number in 30..<2_010 { clients.append(try stage.welcomed(user("u\(number)"))) }
        let many = try report(stage, on: invalidation("a", scope: "global"))
        #expect(many.hearing == 2_000 && many.unnamed == 1_980 && many.unexamined == 10)
    }

    // MARK: Watching

    @Test func `a watcher is told of what passes with who heard it, in the order of delivery`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        try stage.advanced([invalidation("before", scope: "global", xid: 100)], to: 101)
        let watch = try #require(stage.hub.watch())
        try stage.advanced(
            [invalidation("a", scope: "user/ann", xid: 101, origin: "tab"), invalidation("b", scope: "user/bob")],
            to: 102
        )
        let news = watch.take()
        #expect(news.passed.map(\.invalidation.origin) == ["tab", nil])
        #expect(news.passed.map(\.report.hearing) == [1, 0])
        #expect(watch.take().isEmpty)
        #expect(try client.read().count == 2)
    }

    @Test func `a flood is counted, the busiest are known, and nothing is kept without a watcher`() throws {
        let stage = try Stage()
        let watch = try #require(stage.hub.watch())
        let flood = try (0..<400).map { try invalidation($0 < 300 ? "hot" : "t/\($0)", scope: "user/\($0 % 2)") }
        stage.advanced(flood, to: 102)
        let news = watch.take()
        #expect(news.passed.count == 100 && news.others == 300)
        let busy = stage.hub.busiest(3)
        #expect(busy.tags.first == .init(name: "hot", count: 300))
        #expect(Set(busy.scopes.map(\.count)) == [200])
        stage.hub.unwatch(watch)
        #expect(stage.hub.watchers == 0 && stage.hub.busiest(3).tags.isEmpty)
        stage.advanced(flood, to: 103)
        #expect(watch.take().isEmpty && stage.hub.busiest(3).tags.isEmpty)
    }

    @Test func `deliveries to a loop that is behind are joined, watched or not`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        let watch = try #require(stage.hub.watch())
        for number in 0..<5 {
            let batch = try [invalidation("t/\(number)", scope: "global")]
            stage.hub.publish(.advanced(batch, horizon: 102))
        }
        stage.loop.run()
        #expect(try client.read().count == 1)
        #expect(watch.take().passed.map(\.report.hearing) == [1, 1, 1, 1, 1])
    }

    @Test func `so many may watch at once and no more`() throws {
        let stage = try Stage()
        let watches = (0..<20).compactMap { _ in stage.hub.watch() }
        #expect(watches.count == 20 && stage.hub.watch() == nil)
        stage.hub.unwatch(watches[0])
        #expect(stage.hub.watch() != nil)
    }

    // MARK: Ending a user's streams

    @Test func `a user's streams end with goaway, and nobody else's`() throws {
        let stage = try Stage()
        let ann = try [stage.welcomed(user("ann")), stage.welcomed(user("ann"))]
        let bob = try stage.welcomed(user("bob", scopes: "user/ann"))
        let ended = Mutex<Int?>(nil)
        stage.hub.endStreams(of: "ann") { count in ended.withLock { $0 = count } }
        stage.loop.run()
        #expect(ended.withLock { $0 } == 2)
        for client in ann { #expect(try client.read() == [.goaway("revoked", id: "k3-100")]) }
        #expect(try bob.read().isEmpty)
    }
}
