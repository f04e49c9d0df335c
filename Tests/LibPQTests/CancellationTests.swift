import LibPQ
import Testing

@Suite(.timeLimit(.minutes(20))) struct CancellationTests {
    /// A connection to be cancelled, and one that looks at it.
    private func withConnections<R>(
        _ configuration: Connection.Configuration = Connection.Configuration(),
        _ body: (Connection, Connection) async throws -> R
    ) async throws -> R {
        let info = try await ThrowawayServer.shared.info
        return try await Connection.withConnection(info, configuration: configuration) { connection in
            try await Connection.withConnection(info) { observer in try await body(connection, observer) }
        }
    }

    @Test func `a cancelled task stops its statement on the server`() async throws {
        try await withConnections { connection, observer in
            let task = Task { try await connection.query("select pg_sleep(600)") }
            try await wait(for: connection.backendProcessID, until: "wait_event = 'PgSleep'", on: observer)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await wait(for: connection.backendProcessID, until: "state = 'idle'", on: observer)
            let next = try await connection.query("select 1")
            #expect(next.count == 1)
        }
    }

    @Test func `a statement that is cancelled as it is sent stops too`() async throws {
        try await withConnections { connection, observer in
            for _ in 0..<50 {
                let task = Task { try await connection.query("select pg_sleep(600)") }
                await Task.yield()
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
            }
            try await wait(for: connection.backendProcessID, until: "state = 'idle'", on: observer)
            let next = try await connection.query("select 1")
            #expect(next.count == 1)
        }
    }

    @Test func `a task that is cancelled before it asks sends nothing`() async throws {
        try await withConnections { connection, _ in
            try await connection.execute("create temporary table t (n int)")
            let task = Task {
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                return try await connection.query("insert into t values (1)")
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await connection.query("select from t").isEmpty)
        }
    }

    @Test func `a request that waits is cancelled at once, and the one before it runs on`() async throws {
        try await withConnections { connection, observer in
            try await observer.execute("select pg_advisory_lock(1)")
            let first = Task { try await connection.query("select pg_advisory_lock(1)") }
            try await wait(for: connection.backendProcessID, until: "wait_event_type = 'Lock'", on: observer)
            let second = Task { try await connection.query("select 2") }
            second.cancel()
            await #expect(throws: CancellationError.self) { try await second.value }
            try await observer.execute("select pg_advisory_unlock(1)")
            #expect(try await first.value.count == 1)
        }
    }

    @Test func `a cancellation never hits the next statement`() async throws {
        try await withConnections { connection, _ in
            for round in 0..<200 {
                let task = Task { try await connection.query("select pg_sleep(0.0005)") }
                if round.isMultiple(of: 2) { await Task.yield() }
                task.cancel()
                // Must not be stopped, whichever of the two the server is at when it hears of the cancellation.
                let next = try await connection.query("select pg_sleep(0.001)")
                #expect(next.count == 1)
                _ = await task.result
            }
        }
    }

    @Test func `cancel stops what runs, whoever asked for it`() async throws {
        try await withConnections { connection, observer in
            // Nothing runs: nothing happens.
            connection.cancel()
            async let rows = connection.query("select pg_sleep(600)")
            try await wait(for: connection.backendProcessID, until: "wait_event = 'PgSleep'", on: observer)
            connection.cancel()
            connection.cancel()
            do {
                _ = try await rows
                Issue.record("The statement ended by itself.")
            } catch let error as PostgresError {
                #expect(error.sqlState == "57014")
            }
            let next = try await connection.query("select 1")
            #expect(next.count == 1)
        }
    }

    @Test func `a statement that was done before it was cancelled is answered as done`() async throws {
        try await withConnections { connection, observer in
            try await connection.execute("create temporary table t (n int)")
            var inserted = 0
            for _ in 0..<100 {
                let task = Task { try await connection.query("insert into t values (1)") }
                await Task.yield()
                task.cancel()
                if case .success = await task.result { inserted += 1 }
            }
            #expect(try await connection.query("select from t").count == inserted)
        }
    }

    @Test func `a server that does not obey loses the connection`() async throws {
        let server = try await ThrowawayServer.shared
        let proxy = try Proxy(to: server.port)
        let configuration = Connection.Configuration(cancelLimit: .milliseconds(200))
        let info = try server.overTCP(port: proxy.port)
        try await Connection.withConnection(info, configuration: configuration) { connection in
            try await Connection.withConnection(server.info) { observer in
                let task = Task { try await connection.query("select pg_sleep(600)") }
                try await wait(for: connection.backendProcessID, until: "wait_event = 'PgSleep'", on: observer)
                proxy.freeze()
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                let error = await #expect(throws: PostgresError.self) { try await connection.query("select 1") }
                #expect(error?.description.contains("cancelled statement") == true)
                try await observer.execute("select pg_terminate_backend(\(connection.backendProcessID))")
            }
        }
    }

    @Test func `a cancel request that is never answered does not hold back the next statement for ever`() async throws {
        let server = try await ThrowawayServer.shared
        let proxy = try Proxy(to: server.port)
        let configuration = Connection.Configuration(cancelLimit: .milliseconds(500))
        let info = try server.overTCP(port: proxy.port)
        try await Connection.withConnection(info, configuration: configuration) { connection in
            try await Connection.withConnection(server.info) { observer in
                try await observer.execute("select pg_advisory_lock(2)")
                let task = Task { try await connection.query("select pg_advisory_lock(2)") }
                try await wait(for: connection.backendProcessID, until: "wait_event_type = 'Lock'", on: observer)
                proxy.ignoreNewcomers()
                task.cancel()
                try await observer.execute("select pg_advisory_unlock(2)")
                _ = await task.result
                let error = await #expect(throws: PostgresError.self) { try await connection.query("select 1") }
                #expect(error?.description.contains("cancelled statement") == true)
            }
        }
    }

    @Test func `closing a connection stops what it runs`() async throws {
        try await withConnections { connection, observer in
            let task = Task { try await connection.query("select pg_sleep(600)") }
            try await wait(for: connection.backendProcessID, until: "wait_event = 'PgSleep'", on: observer)
            await connection.close()
            await #expect(throws: PostgresError.closed) { try await task.value }
            try await eventually {
                try await observer.query(
                    "select from pg_stat_activity where pid = $1::int",
                    [.int(connection.backendProcessID)]
                ).isEmpty
            }
        }
    }
}
