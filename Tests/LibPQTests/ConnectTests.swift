import Foundation
import LibPQ
import Testing

@Suite(.timeLimit(.minutes(20))) struct ConnectTests {
    /// Connects in vain; the sentence of the error, without the password in it.
    private func failure(
        of info: ConnectionInfo,
        location: SourceLocation = #_sourceLocation
    ) async -> String {
        var text = ""
        do {
            await (try Connection.connect(info)).close()
            Issue.record("There is a connection.", sourceLocation: location)
        } catch {
            dump(error, to: &text)
            text += "\(error)"
        }
        #expect(!text.contains(ThrowawayServer.password), sourceLocation: location)
        #expect(!text.contains("\n\t"), sourceLocation: location)
        return text
    }

    private func expectFailure(
        _ info: ConnectionInfo,
        says words: String,
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let text = await failure(of: info, location: location)
        #expect(text.contains(words), sourceLocation: location)
    }

    @Test(arguments: ["disable", "require"])
    func `a connection over TCP, with a password, and with TLS or without`(mode: String) async throws {
        let info = try await ThrowawayServer.shared.overTCP("sslmode=\(mode)")
        try await Connection.withConnection(info) { connection in
            let rows = try await connection.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
            #expect(try rows[0].decode(at: 0, as: Bool.self) == (mode == "require"))
            #expect(connection.usesTLS == (mode == "require"))
            let big = String(repeating: "0123456789abcdef", count: 500_000)
            let echo = try await connection.query("select $1::text from generate_series(1, 5)", [.text(big)])
            #expect(try echo[4].decode(at: 0, as: String.self) == big)
        }
    }

    @Test func `a URI is as good`() async throws {
        let server = try await ThrowawayServer.shared
        let info = try ConnectionInfo(
            "postgresql://visitor:\(ThrowawayServer.password)@127.0.0.1:\(server.port)/postgres?sslmode=prefer",
            applicationName: "libpq tests"
        )
        try await Connection.withConnection(info) { connection in
            let rows = try await connection.query("show application_name")
            #expect(try rows[0].decode(at: 0, as: String.self) == "libpq tests")
        }
    }

    @Test func `the string's application name wins over the program's`() async throws {
        let server = try await ThrowawayServer.shared
        let info = try ConnectionInfo(
            "host=\(server.directory) port=\(server.port) user=postgres application_name=own options='-c work_mem=7MB'",
            applicationName: "libpq tests"
        )
        try await Connection.withConnection(info) { connection in
            let rows = try await connection.query(
                "select current_setting('application_name'), current_setting('work_mem')"
            )
            let (name, memory) = try rows[0].decode(String.self, String.self)
            #expect(name == "own")
            #expect(memory == "7MB")
        }
    }

    @Test func `a wrong password is an error that does not show it`() async throws {
        let info = try await ThrowawayServer.shared.overTCP().setting(["password": "wrong-\(ThrowawayServer.password)"])
        let text = await failure(of: info)
        #expect(text.contains("password authentication failed for user \"visitor\""))
    }

    @Test func `what the server refuses is told`() async throws {
        let info = try await ThrowawayServer.shared.info
        try await expectFailure(info.setting(["dbname": "nowhere"]), says: "database \"nowhere\" does not exist")
        try await expectFailure(info.setting(["user": "nobody"]), says: "role \"nobody\" does not exist")
        try await expectFailure(info.setting(["options": "-c nonsense=1"]), says: "nonsense")
    }

    @Test func `what libpq refuses is told`() async throws {
        let info = try await ThrowawayServer.shared.info
        try await expectFailure(info.setting(["sslmode": "sometimes"]), says: "sslmode")
        try await expectFailure(info.setting(["service": "none"]), says: "service")
    }

    @Test func `a port where nobody listens is told`() async throws {
        let port = try TCPListener().port
        let text = try await failure(of: ConnectionInfo("host=127.0.0.1 port=\(port)"))
        #expect(text.contains("\(port)"))
        #expect(text.contains("Connection refused"))
    }

    @Test func `a host and a socket that do not exist are told`() async throws {
        try await expectFailure(ConnectionInfo("host=nowhere.invalid"), says: "nowhere.invalid")
        try await expectFailure(ConnectionInfo("host=/nowhere"), says: "/nowhere")
    }

    @Test func `a server that says nothing is given up after connect_timeout`() async throws {
        let silent = try TCPListener()
        let text = try await failure(of: ConnectionInfo("host=127.0.0.1 port=\(silent.port) connect_timeout=2"))
        #expect(text.contains("no answer from 127.0.0.1 port \(silent.port) within 2.0 seconds (connect_timeout)"))
    }

    @Test func `a host that says nothing is passed over for the next`() async throws {
        let server = try await ThrowawayServer.shared
        let (silent, refusing) = (try TCPListener(), try TCPListener().port)
        let info = try server.overTCP("connect_timeout=8").setting([
            "host": "127.0.0.1,127.0.0.1,127.0.0.1",
            "port": "\(silent.port),\(refusing),\(server.port)",
        ])
        try await Connection.withConnection(info) { connection in
            let rows = try await connection.query("select 1")
            #expect(rows.count == 1)
        }
    }

    @Test func `a cancelled task stops connecting`() async throws {
        let silent = try TCPListener()
        let info = try ConnectionInfo("host=127.0.0.1 port=\(silent.port) connect_timeout=0")
        for round in 0..<20 {
            let task = Task { try await Connection.connect(info) }
            if round.isMultiple(of: 2) { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    /// libpq opens the file of root certificates when it begins TLS; a named pipe stops it there.
    private func withStuckLibPQ(_ body: (ConnectionInfo) async throws -> Void) async throws {
        let server = try await ThrowawayServer.shared
        let pipe = "/tmp/libpq-tests-\(UUID().uuidString.prefix(8)).pipe"
        guard unsafe mkfifo(pipe, 0o600) == 0 else { throw SystemCallFailure(call: "mkfifo", code: errno) }
        defer {
            // Lets go of whoever has the pipe open for reading.
            try? FileHandle(forUpdatingAtPath: pipe)?.close()
            unsafe unlink(pipe)
        }
        try await body(server.overTCP("sslmode=verify-ca sslrootcert=\(pipe) connect_timeout=2"))
    }

    @Test func `connect_timeout holds even while libpq blocks`() async throws {
        try await withStuckLibPQ { info in
            let text = await failure(of: info)
            #expect(text.contains("no answer within 2.0 seconds (connect_timeout)"))
        }
    }

    @Test func `a cancelled task is answered even while libpq blocks`() async throws {
        try await withStuckLibPQ { info in
            let task = Task { try await Connection.connect(info.setting(["connect_timeout": "0"])) }
            await Task.yield()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func `a thousand connections leave no descriptor behind`() async throws {
        let info = try await ThrowawayServer.shared.info
        let before = try openDescriptors()
        for round in 0..<1000 {
            if round.isMultiple(of: 2) {
                try await Connection.withConnection(info) { _ in }
            } else {
                // Nobody closes this one.
                _ = try await Connection.connect(info)
            }
        }
        // Other tests have some open too, but far from a thousand.
        try await eventually { try openDescriptors() < before + 300 }
    }

    @Test func `a thousand failures to connect leave no descriptor behind`() async throws {
        let info = try await ThrowawayServer.shared.info.setting(["dbname": "nowhere"])
        let before = try openDescriptors()
        for _ in 0..<1000 {
            await #expect(throws: PostgresError.self) { try await Connection.connect(info) }
        }
        try await eventually { try openDescriptors() < before + 300 }
    }

    @Test func `a connection that nobody holds ends its backend`() async throws {
        let info = try await ThrowawayServer.shared.info
        let processID = try await Connection.connect(info).backendProcessID
        try await Connection.withConnection(info) { observer in
            try await eventually {
                try await observer.query("select from pg_stat_activity where pid = $1::int", [.int(processID)]).isEmpty
            }
        }
    }

    @Test func `the body's error comes out of a scope, and the connection is closed`() async throws {
        struct Failure: Error {}
        let info = try await ThrowawayServer.shared.info
        let (connections, keep) = AsyncStream.makeStream(of: Connection.self)
        await #expect(throws: Failure.self) {
            try await Connection.withConnection(info) { connection in
                keep.yield(connection)
                throw Failure()
            }
        }
        for await connection in connections.prefix(1) {
            await #expect(throws: PostgresError.closed) { try await connection.query("select 1") }
        }
    }
}
