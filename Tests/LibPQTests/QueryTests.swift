import LibPQ
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(20))) struct QueryTests {
    private func withConnection<R>(_ body: (Connection) async throws -> R) async throws -> R {
        try await Connection.withConnection(ThrowawayServer.shared.info, body)
    }

    @Test func `a statement is answered with its rows`() async throws {
        try await withConnection { connection in
            let rows = try await connection.query("select n, n::text as t from generate_series(1, 3) n")
            #expect(rows.map { try? $0.decode(at: 0, as: Int.self) } == [1, 2, 3])
            #expect(rows.columns.map(\.name) == ["n", "t"])
            #expect(rows.columns.map(\.type) == [.int4, .text])
            #expect(rows.commandTag == "SELECT 3")
            #expect(rows.affectedRows == 3)
            let (n, t) = try rows[1].decode(Int.self, String.self)
            #expect(n == 2)
            #expect(t == "2")
        }
    }

    @Test func `parameters are sent as what they are`() async throws {
        try await withConnection { connection in
            let rows = try await connection.query(
                "select $1::text, $2::int8, $3::bool, $4::float8, $5::text, $6::xid8::text, $7::text[]",
                ["it's \"quoted\" \\ 🦊", 7, .bool(true), .double(0.1), nil, .int(UInt64.max), .textArray(["a", nil])]
            )
            let (text, int, bool, double, null, xid, array) = try rows[0].decode(
                String.self,
                Int.self,
                Bool.self,
                Double.self,
                String?.self,
                UInt64.self,
                [String?].self
            )
            #expect(text == "it's \"quoted\" \\ 🦊")
            #expect(int == 7)
            #expect(bool)
            #expect(double == 0.1)
            #expect(null == nil)
            #expect(xid == .max)
            #expect(array == ["a", nil])
        }
    }

    @Test func `nulls alone are sent too`() async throws {
        try await withConnection { connection in
            let rows = try await connection.query("select $1::text is null, $2::bytea is null", [nil, nil])
            let (text, bytes) = try rows[0].decode(Bool.self, Bool.self)
            #expect(text && bytes)
        }
    }

    @Test func `a statement that the server refuses tells its SQLSTATE, and the next one runs`() async throws {
        try await withConnection { connection in
            let error = await #expect(throws: PostgresError.self) { try await connection.query("select 1 / 0") }
            #expect(error?.sqlState == "22012")
            #expect(
                error?.description == "PostgreSQL refused the statement: division by zero (SQLSTATE 22012)"
            )
            let next = try await connection.query("select 1")
            #expect(next.count == 1)
        }
    }

    @Test func `a refusal has its details`() async throws {
        try await withConnection { connection in
            try await connection.execute("create temporary table t (n int constraint t_n_unique unique)")
            _ = try await connection.query("insert into t values (1)")
            do {
                _ = try await connection.query("insert into t values (1)")
                Issue.record("The second row was taken.")
            } catch PostgresError.server(let message) {
                #expect(message.sqlState == "23505")
                #expect(message.severity == "ERROR")
                #expect(message.detail == "Key (n)=(1) already exists.")
                #expect(message.constraint == "t_n_unique")
                #expect(message.table == "t")
            }
            do {
                _ = try await connection.query("select nothing_of_the_kind")
            } catch PostgresError.server(let message) {
                #expect(message.position == 8)
            }
        }
    }

    @Test func `an empty statement has no rows`() async throws {
        try await withConnection { connection in
            for empty in ["", "  ", ";", "-- nothing"] {
                let rows = try await connection.query(empty)
                #expect(rows.isEmpty)
                #expect(rows.columns.isEmpty)
                #expect(rows.commandTag == "")
            }
            try await connection.execute("")
        }
    }

    @Test func `a script runs all its statements, or stops at the first error`() async throws {
        try await withConnection { connection in
            try await connection.execute("create temporary table t (n int); insert into t values (1); select * from t")
            let error = await #expect(throws: PostgresError.self) {
                try await connection.execute("insert into t values (2); select 1 / 0; insert into t values (3)")
            }
            #expect(error?.sqlState == "22012")
            #expect(try await connection.query("select from t").count == 1)
            try await connection.execute("begin; insert into t values (2)")
            #expect(await connection.transactionStatus == .inTransaction)
            _ = try? await connection.query("select 1 / 0")
            #expect(await connection.transactionStatus == .inFailedTransaction)
            try await connection.execute("rollback")
            #expect(await connection.transactionStatus == .idle)
        }
    }

    @Test func `several statements where one is expected are refused`() async throws {
        try await withConnection { connection in
            let error = await #expect(throws: PostgresError.self) { try await connection.query("select 1; select 2") }
            #expect(error?.sqlState == "42601")
        }
    }

    @Test func `a prepared statement runs by its name`() async throws {
        try await withConnection { connection in
            try await connection.prepare("double it", "select $1::int * 2 as n")
            for n in 1...3 {
                let rows = try await connection.query(prepared: "double it", [.int(n)], resultFormat: .binary)
                #expect(try rows[0].decode("n", as: Int.self) == 2 * n)
            }
            let error = await #expect(throws: PostgresError.self) { try await connection.query(prepared: "other") }
            #expect(error?.sqlState == "26000")
        }
    }

    @Test func `what cannot be sent is refused before it is sent`() async throws {
        try await withConnection { connection in
            await #expect(throws: PostgresError.self) { try await connection.query("select $1::text", ["a\0b"]) }
            await #expect(throws: PostgresError.self) { try await connection.query("select 1\0; drop table t") }
            await #expect(throws: PostgresError.self) { try await connection.execute("select 1\0") }
            let many = [Parameter](repeating: 1, count: 65_536)
            await #expect(throws: PostgresError.self) { try await connection.query("select $1::int", many) }
            let next = try await connection.query("select 1")
            #expect(next.count == 1)
        }
    }

    @Test func `what is larger than every buffer goes both ways`() async throws {
        try await withConnection { connection in
            let big = String(repeating: "0123456789abcde🦊", count: 1_000_000)
            let rows = try await connection.query("select $1::text", [.text(big)])
            #expect(try rows[0].decode(at: 0, as: String.self) == big)
            let bytes = [UInt8](repeating: 7, count: 20_000_000)
            let binary = try await connection.query("select $1", [.bytea(bytes)], resultFormat: .binary)
            #expect(try binary[0].decode(at: 0, as: [UInt8].self) == bytes)
            let many = try await connection.query("select n from generate_series(1, 300000) n")
            #expect(many.count == 300_000)
            #expect(try many[299_999].decode(at: 0, as: Int.self) == 300_000)
        }
    }

    @Test(arguments: [
        "copy (select 1) to stdout", "copy t from stdin", "copy (select generate_series(1, 1000000)) to stdout",
    ])
    func `COPY is refused, and the connection goes on`(copy: String) async throws {
        try await withConnection { connection in
            try await connection.execute("create temporary table t (n int)")
            let refusal = PostgresError.unsupported("COPY from or to the client")
            await #expect(throws: refusal) { try await connection.query(copy) }
            await #expect(throws: refusal) { try await connection.execute("select 1; \(copy); select 2") }
            #expect(try await connection.query("select count(*) from t")[0].decode(at: 0, as: Int.self) == 0)
        }
    }

    @Test(arguments: ["copy (select 1) to stdout", "copy t from stdin"])
    func `COPY in a pipeline ends the connection, and does not hang`(copy: String) async throws {
        try await withConnection { connection in
            try await connection.execute("create temporary table t (n int)")
            await #expect(throws: PostgresError.unsupported("COPY from or to the client")) {
                try await connection.pipeline([Statement("select 1"), Statement(copy), Statement("select 2")])
            }
            await #expect(throws: PostgresError.unsupported("COPY from or to the client")) {
                try await connection.query("select 1")
            }
        }
    }

    @Test func `notices go to the handler`() async throws {
        let notices = Mutex<[ServerMessage]>([])
        let configuration = Connection.Configuration(onNotice: { notice in notices.withLock { $0.append(notice) } })
        try await Connection.withConnection(ThrowawayServer.shared.info, configuration: configuration) { connection in
            try await connection.execute("do $$ begin raise notice 'first'; raise warning 'second'; end $$")
        }
        let seen = notices.withLock { $0 }
        #expect(seen.map(\.message) == ["first", "second"])
        #expect(seen.map(\.severity) == ["NOTICE", "WARNING"])
    }

    @Test func `the server's facts can be read`() async throws {
        try await withConnection { connection in
            let rows = try await connection.query("select pg_backend_pid(), current_setting('server_version_num')::int")
            let (process, version) = try rows[0].decode(Int32.self, Int.self)
            #expect(connection.backendProcessID == process)
            #expect(connection.serverVersion == version)
            #expect(await connection.parameterStatus("client_encoding") == "UTF8")
            try await connection.execute("set time zone 'Asia/Tokyo'")
            #expect(await connection.parameterStatus("TimeZone") == "Asia/Tokyo")
            #expect(await connection.parameterStatus("no such") == nil)
        }
    }

    @Test func `a hundred tasks share a connection, and each gets its own answer`() async throws {
        try await withConnection { connection in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<100 {
                    group.addTask {
                        for step in 0..<20 {
                            let expected = task * 1000 + step
                            let rows = try await connection.query("select $1::int", [.int(expected)])
                            #expect(try rows[0].decode(at: 0, as: Int.self) == expected)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `a queue that is full says so, and answers those that are in it`() async throws {
        let configuration = Connection.Configuration(queueLimit: 5)
        let info = try await ThrowawayServer.shared.info
        try await Connection.withConnection(info, configuration: configuration) { connection in
            try await Connection.withConnection(info) { holder in
                try await holder.execute("select pg_advisory_lock(77)")
                let outcomes = try await withThrowingTaskGroup(of: Result<Rows, PostgresError>.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            do throws(any Error) {
                                return .success(try await connection.query("select pg_advisory_xact_lock_shared(77)"))
                            } catch let error as PostgresError {
                                return .failure(error)
                            }
                        }
                    }
                    var outcomes: [Result<Rows, PostgresError>] = []
                    for _ in 0..<14 {
                        if let outcome = try await group.next() { outcomes.append(outcome) }
                    }
                    try await holder.execute("select pg_advisory_unlock(77)")
                    for try await outcome in group { outcomes.append(outcome) }
                    return outcomes
                }
                let full = outcomes.filter {
                    if case .failure(.queueFull(limit: 5)) = $0 { true } else { false }
                }
                #expect(full.count == 14)
                #expect(outcomes.filter { (try? $0.get()) != nil }.count == 6)
            }
        }
    }
}
