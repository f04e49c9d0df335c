import Freshet
import LibPQ
import Logging
import TestSupport
import Testing
import ThrowawayPostgres

import struct Invalidation.Tag

/// The library in this process, without a server.
@Suite(.timeLimit(.minutes(20))) struct FreshetTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func withFreshet(_ body: @escaping @Sendable (Freshet, TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.withDatabase { database in
            let login = "lib_\(database.name)"
            try await database.psql("create role \(login) login; grant freshet_service to \(login);")
            let freshet = try Freshet(database: .conninfo(database.conninfo(user: login)), logger: Self.quiet)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await freshet.run() }
                group.addTask {
                    while !freshet.isReady { await Task.yield() }
                    try await body(freshet, database)
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    @Test func `whoever follows a scope is told what is committed in it, and nothing else`() async throws {
        try await withFreshet { freshet, database in
            let changes = freshet.events(for: [.user("1")])
            var iterator = changes.makeAsyncIterator()
            try await freshet.invalidate(tags: [Tag("secret")], scope: .user("2"))
            try await database.psql("begin; select freshet.invalidate('{undone}', 'user/1'); rollback;")
            let position = try await freshet.invalidate(tags: [Tag("todo", 42)], scope: .user("1"))
            let change = await iterator.next()
            #expect(change?.tags == [Tag("todo", 42)])
            #expect(change?.scopes == [.user("1")])
            #expect(change?.covers(Tag("todo", 42)) == true)
            #expect(change?.covers(Tag("todo", 43)) == false)
            #expect(Position(text: position.text) == position)
        }
    }

    @Test func `a cache is never older than what it has been told`() async throws {
        try await withFreshet { freshet, database in
            try await database.psql(
                """
                create table price (id int primary key, amount int);
                insert into price values (1, 10);
                select freshet.watch('price', '{price/:id}');
                """
            )
            let changes = freshet.events()
            let info = try ConnectionInfo(database.conninfo(user: "postgres"))
            let prices = InvalidatingCache<Int, Int> { id in
                let rows = try await Connection.withConnection(info) { connection in
                    try await connection.query("select amount from price where id = $1", [.int(id)])
                }
                return (try rows.first?.decode(at: 0) ?? 0, [Tag("price", .integer(id))])
            }
            let before = try await prices.value(for: 1)
            #expect(before == 10)
            try await database.psql("update price set amount = 11")
            for await change in changes {
                await prices.apply(change)
                break
            }
            let after = try await prices.value(for: 1)
            #expect(after == 11)
        }
    }

    @Test func `what the database refuses is told, and is nothing to try again`() async throws {
        try await withFreshet { freshet, _ in
            let long = Tag(.string(String(repeating: "x", count: 2_000)))
            let error = await #expect(throws: FreshetError.self) { try await freshet.invalidate(tags: [long]) }
            #expect(error?.isTransient == false)
            #expect(error?.description.contains("The database refuses") == true)
        }
    }

    @Test func `a database without the schema is told at the start`() async throws {
        try await TestDatabase.withDatabase(.empty) { database in
            let freshet = try Freshet(database: .conninfo(database.conninfo(user: "postgres")), logger: Self.quiet)
            let error = await #expect(throws: FreshetError.self) { try await freshet.run() }
            #expect(error?.description.contains("apply.sql") == true)
        }
    }

    @Test func `a setting that cannot be meant so is refused by its name`() throws {
        let wrong: [(String, (inout Freshet.Configuration) -> Void)] = [
            ("basePath", { $0.basePath = "api" }), ("basePath", { $0.basePath = "/api/" }),
            ("basePath", { $0.basePath = "/:id" }), ("heartbeat", { $0.heartbeat = .milliseconds(1) }),
            ("pollInterval", { $0.pollInterval = .zero }), ("coalescing", { $0.coalescing = .seconds(61) }),
            ("recheck", { $0.recheck = .zero }), ("grace", { $0.grace = .seconds(-1) }),
            ("historyEntries", { $0.historyEntries = 0 }), ("streamsPerUser", { $0.streamsPerUser = 0 }),
            ("streams", { $0.streams = 0 }),
        ]
        for (name, change) in wrong {
            var configuration = Freshet.Configuration()
            change(&configuration)
            let error = #expect(throws: FreshetError.self) {
                _ = try Freshet(database: .conninfo(""), configuration: configuration)
            }
            #expect(error?.description.hasPrefix(name) == true, "\(name)")
        }
        _ = try Freshet(database: .conninfo(""), configuration: .init(basePath: ""))
    }
}
