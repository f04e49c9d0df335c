import LibPQ
import Testing

@Suite(.timeLimit(.minutes(20))) struct PipelineTests {
    private func withConnection<R>(_ body: (Connection) async throws -> R) async throws -> R {
        try await Connection.withConnection(ThrowawayServer.shared.info, body)
    }

    @Test func `one that fails leaves its neighbours alone`() async throws {
        try await withConnection { connection in
            try await connection.execute("create temporary table t (n int)")
            let results = try await connection.pipeline(
                [
                    Statement("insert into t values ($1) returning n", [1]),
                    Statement("select 1 / $1::int", [0]),
                    Statement("syntax error"),
                    Statement(""),
                    Statement("insert into t values ($1) returning n", [2]),
                ],
                resultFormat: .binary
            )
            #expect(results.count == 5)
            #expect(try results[0].get()[0].decode(at: 0, as: Int.self) == 1)
            #expect(throws: PostgresError.self) { try results[1].get() }
            if case .failure(let error) = results[1] { #expect(error.sqlState == "22012") }
            if case .failure(let error) = results[2] { #expect(error.sqlState == "42601") }
            #expect(try results[3].get().isEmpty)
            #expect(try results[4].get()[0].decode(at: 0, as: Int.self) == 2)
            let kept = try await connection.query("select n from t order by n")
            #expect(try kept.map { try $0.decode(at: 0, as: Int.self) } == [1, 2])
        }
    }

    @Test func `nothing is asked, nothing is answered`() async throws {
        try await withConnection { connection in
            let results = try await connection.pipeline([])
            #expect(results.isEmpty)
        }
    }

    @Test func `pipelines and statements of many tasks keep apart`() async throws {
        try await withConnection { connection in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<20 {
                    group.addTask {
                        let results = try await connection.pipeline(
                            (0..<10).map { Statement("select $1::int", [.int(task * 100 + $0)]) }
                        )
                        let numbers = try results.map { try $0.get()[0].decode(at: 0, as: Int.self) }
                        #expect(numbers == (0..<10).map { task * 100 + $0 })
                    }
                    group.addTask {
                        let rows = try await connection.query("select $1::int", [.int(task)])
                        #expect(try rows[0].decode(at: 0, as: Int.self) == task)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `a pipeline larger than every buffer goes through`() async throws {
        try await withConnection { connection in
            let big = String(repeating: "x", count: 1_000_000)
            let results = try await connection.pipeline(
                (0..<50).map { _ in Statement("select $1::text", [.text(big)]) }
            )
            #expect(results.count == 50)
            for result in results {
                #expect(try result.get()[0].decode(at: 0, as: String.self).utf8.count == 1_000_000)
            }
        }
    }

    @Test func `a parameter that cannot be sent stops the pipeline before it starts`() async throws {
        try await withConnection { connection in
            await #expect(throws: PostgresError.self) {
                try await connection.pipeline([Statement("select 1"), Statement("select $1::text", ["\0"])])
            }
            let next = try await connection.query("select 1")
            #expect(next.count == 1)
        }
    }

    @Test func `a cancelled pipeline stops all its statements`() async throws {
        try await withConnection { connection in
            try await Connection.withConnection(ThrowawayServer.shared.info) { observer in
                let task = Task {
                    try await connection.pipeline((0..<5).map { _ in Statement("select pg_sleep(600)") })
                }
                try await wait(for: connection.backendProcessID, until: "state = 'active'", on: observer)
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                try await wait(for: connection.backendProcessID, until: "state = 'idle'", on: observer)
                let next = try await connection.query("select 1")
                #expect(next.count == 1)
            }
        }
    }
}
