import Dispatch
import LibPQ
import Testing

/// The server, or the way to it, goes away.
@Suite(.timeLimit(.minutes(20))) struct LossTests {
    private func terminate(_ connection: Connection) async throws {
        try await Connection.withConnection(ThrowawayServer.shared.info) { observer in
            _ = try await observer.query(
                "select pg_terminate_backend($1::int, 10000)",
                [.int(connection.backendProcessID)]
            )
        }
    }

    private func expectLoss(
        _ words: String,
        location: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        do {
            try await body()
            Issue.record("The connection is still there.", sourceLocation: location)
        } catch PostgresError.connection(let reason) {
            #expect(reason.contains(words), sourceLocation: location)
        } catch {
            Issue.record(error, sourceLocation: location)
        }
    }

    @Test func `a backend that ends while nothing runs is missed at once`() async throws {
        try await Connection.withConnection(ThrowawayServer.shared.info) { connection in
            try await terminate(connection)
            try await eventually { await connection.transactionStatus == .unknown }
            await expectLoss("terminating connection due to administrator command (SQLSTATE 57P01)") {
                _ = try await connection.query("select 1")
            }
        }
    }

    @Test func `an end that comes together with the last words is seen`() async throws {
        let isGone = DispatchSemaphore(value: 0)
        let (notices, noticed) = AsyncStream.makeStream(of: Void.self)
        // Holds the connection's queue until the server has said all and hung up.
        let configuration = Connection.Configuration(onNotice: { _ in
            noticed.yield()
            isGone.wait()
        })
        let info = try await ThrowawayServer.shared.info
        try await Connection.withConnection(info, configuration: configuration) { connection in
            async let lost: Void = expectLoss("57P01") {
                try await connection.withNotifications(on: "together", limit: 1) { notifications in
                    try await connection.execute("do $$ begin raise notice 'now'; end $$")
                    for try await _ in notifications {}
                }
            }
            for await _ in notices { break }
            try await terminate(connection)
            isGone.signal()
            await lost
        }
    }

    @Test func `connections that are lost do not disturb those that are made meanwhile`() async throws {
        let info = try await ThrowawayServer.shared.info
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    for _ in 0..<30 {
                        let connection = try await Connection.connect(info)
                        await expectLoss("57P01") {
                            _ = try await connection.query(
                                "select pg_terminate_backend(pg_backend_pid()), pg_sleep(600)"
                            )
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `a backend that ends in a statement fails it and those behind it`() async throws {
        let info = try await ThrowawayServer.shared.info
        try await Connection.withConnection(info) { connection in
            try await Connection.withConnection(info) { observer in
                async let first: Void = expectLoss("terminating connection due to administrator command") {
                    _ = try await connection.query("select pg_sleep(600)")
                }
                try await wait(for: connection.backendProcessID, until: "wait_event = 'PgSleep'", on: observer)
                async let second: Void = expectLoss("terminating connection due to administrator command") {
                    _ = try await connection.query("select 2")
                }
                async let third: Void = expectLoss("terminating connection due to administrator command") {
                    _ = try await connection.pipeline([Statement("select 3")])
                }
                try await terminate(connection)
                _ = await (first, second, third)
            }
        }
    }

    @Test func `a backend that ends in a pipeline fails it`() async throws {
        let info = try await ThrowawayServer.shared.info
        try await Connection.withConnection(info) { connection in
            try await Connection.withConnection(info) { observer in
                async let lost: Void = expectLoss("terminating connection due to administrator command") {
                    _ = try await connection.pipeline([Statement("select 1"), Statement("select pg_sleep(600)")])
                }
                try await wait(for: connection.backendProcessID, until: "wait_event = 'PgSleep'", on: observer)
                try await terminate(connection)
                await lost
            }
        }
    }

    @Test func `whoever waits for notifications is told, after those that came before`() async throws {
        let info = try await ThrowawayServer.shared.info
        try await Connection.withConnection(info) { connection in
            try await connection.withNotifications(on: "doomed", limit: 10) { notifications in
                _ = try await connection.query("select pg_notify('doomed', 'last words')")
                try await terminate(connection)
                try await eventually { await connection.transactionStatus == .unknown }
                let iterator = notifications.makeAsyncIterator()
                guard case .notifications(let batch)? = try await iterator.next() else {
                    Issue.record("The notification was lost.")
                    return
                }
                #expect(batch.map(\.payload) == ["last words"])
                await expectLoss("57P01") { _ = try await iterator.next() }
                await expectLoss("57P01") { _ = try await iterator.next() }
            }
            await expectLoss("57P01") { try await connection.withNotifications(on: "more", limit: 1) { _ in } }
        }
    }

    @Test(arguments: [
        ("sslmode=disable", "server closed the connection unexpectedly"), ("sslmode=require", "EOF detected"),
    ])
    func `a hang-up in the middle is told to those that wait`(mode: String, words: String) async throws {
        let server = try await ThrowawayServer.shared
        let proxy = try Proxy(to: server.port)
        try await Connection.withConnection(server.overTCP(port: proxy.port, mode)) { connection in
            try await Connection.withConnection(server.info) { observer in
                async let lost: Void = expectLoss(words) {
                    _ = try await connection.query("select pg_sleep(600)")
                }
                async let quiet: Void = expectLoss(words) {
                    try await connection.withNotifications(on: "quiet", limit: 10) { notifications in
                        for try await _ in notifications {}
                    }
                }
                try await wait(for: connection.backendProcessID, until: "wait_event = 'PgSleep'", on: observer)
                proxy.drop()
                _ = await (lost, quiet)
                _ = try await observer.query(
                    "select pg_terminate_backend($1::int)",
                    [.int(connection.backendProcessID)]
                )
            }
        }
    }

    @Test(arguments: ["sslmode=disable", "sslmode=require"])
    func `close returns at once where nobody answers`(mode: String) async throws {
        let server = try await ThrowawayServer.shared
        let proxy = try Proxy(to: server.port)
        let connection = try await Connection.connect(server.overTCP(port: proxy.port, mode))
        proxy.freeze()
        // Larger than what the sockets hold, so that some of it cannot be sent.
        let stuck = Task { try await connection.query("select $1", [.bytea([UInt8](repeating: 0, count: 50_000_000))]) }
        try await eventually { await connection.transactionStatus == .active }
        await connection.close()
        await #expect(throws: PostgresError.closed) { try await stuck.value }
    }

    @Test func `a listener leaves a connection where nobody answers`() async throws {
        let server = try await ThrowawayServer.shared
        let proxy = try Proxy(to: server.port)
        try await Connection.withConnection(server.overTCP(port: proxy.port)) { connection in
            try await connection.withNotifications(on: "frozen", limit: 1) { _ in proxy.freeze() }
        }
    }

    @Test func `closing fails all that wait, once`() async throws {
        let connection = try await Connection.connect(ThrowawayServer.shared.info)
        try await Connection.withConnection(ThrowawayServer.shared.info) { observer in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask { _ = try await connection.query("select pg_sleep(600)") }
                }
                group.addTask {
                    try await connection.withNotifications(on: "closing", limit: 1) { notifications in
                        for try await _ in notifications {}
                    }
                }
                try await wait(for: connection.backendProcessID, until: "wait_event = 'PgSleep'", on: observer)
                await connection.close()
                await connection.close()
                while let result = await group.nextResult() {
                    #expect(throws: PostgresError.closed) { try result.get() }
                }
            }
        }
        await #expect(throws: PostgresError.closed) { try await connection.query("select 1") }
        #expect(await connection.transactionStatus == .unknown)
        connection.cancel()
    }
}
