import Foundation
import TestSupport
import Testing

/// What one client, one address or one operator may do at most, and what a stop does (CONTRACT.md §7).
@Suite(.timeLimit(.minutes(20))) struct LimitTests {
    private static let base = RunningService.base

    private static func forwarded(_ address: String) -> [(name: String, value: String)] {
        [("X-Forwarded-For", address)]
    }

    @Test func `an address that comes with unknown credentials too often is refused before any lookup`() async throws {
        let arguments = ["--max-failures-per-minute", "5", "--trusted-proxy", "127.0.0.1", "--trusted-proxy", "::1"]
        try await RunningService.withService(arguments) { service in
            let token = try await service.token("1")
            let other = try await service.token("2")
            let bad = RunningService.bearer("nonsense") + Self.forwarded("203.0.113.7")
            let stream = Self.base + "/sse"
            try await service.withStream(token, fields: Self.forwarded("203.0.113.7")) { open, _ in
                for route in [stream, stream, stream, Self.base + "/status", Self.base + "/status"] {
                    #expect(try await service.get(route, bad).status == 401)
                }
                for route in [stream, Self.base + "/status"] {
                    let refused = try await service.get(route, bad)
                    #expect(refused.status == 429)
                    #expect(Int(refused["Retry-After"] ?? "").map { (1...60).contains($0) } == true)
                    // Also with a good one: it would have to be looked up.
                    let unknown = RunningService.bearer(other) + Self.forwarded("203.0.113.7")
                    #expect(try await service.get(route, unknown).status == 429)
                }
                // A session that is known here, and everybody else.
                try await service.withStream(token, fields: Self.forwarded("203.0.113.7")) { _, _ in }
                try await service.withStream(other, fields: Self.forwarded("203.0.113.8")) { _, _ in }
                #expect(
                    try await service.get(stream, RunningService.bearer("x") + Self.forwarded("203.0.113.8")).status
                        == 401
                )
                // What a client writes before its proxy's word is not believed.
                let disguised = RunningService.bearer("x") + Self.forwarded("203.0.113.9, 203.0.113.7")
                #expect(try await service.get(stream, disguised).status == 429)
                _ = open
            }
        }
    }

    @Test func `without a trusted proxy nobody hides behind a field`() async throws {
        try await RunningService.withService(["--max-failures-per-minute", "3"]) { service in
            var statuses: [Int] = []
            for number in 0..<4 {
                let fields = RunningService.bearer("x") + Self.forwarded("203.0.113.\(number)")
                statuses.append(try await service.get(Self.base + "/sse", fields).status)
            }
            // Without any credential nothing is looked up, and nothing is counted.
            statuses.append(try await service.get(Self.base + "/sse").status)
            #expect(statuses == [401, 401, 401, 429, 401])
            #expect(
                service.process.log.filter { $0.contains("--trusted-proxy") && $0.contains("127.0.0.1") }.count == 1
            )
        }
    }

    @Test func `past the most streams in all a client is told to come back`() async throws {
        try await RunningService.withService(["--max-streams", "2"]) { service in
            let token = try await service.token("1")
            try await service.withStream(token) { _, _ in
                try await service.withStream(try await service.token("2")) { _, _ in
                    let third = try await service.get(Self.base + "/sse", RunningService.bearer(token))
                    #expect(third.status == 200)
                    #expect(third.text.contains("event: goaway") && third.text.contains("unavailable"))
                }
            }
        }
    }

    @Test(arguments: [
        ["--trusted-proxy", "localhost"], ["--max-failures-per-minute", "-1"], ["--max-streams", "0"],
    ])
    func `a limit that is none stops the start and is named`(arguments: [String]) async throws {
        try await ServiceProcess.withProcess(
            ServiceProcess.freshet,
            ["serve", "--database-url", "host=/nowhere"] + arguments
        ) { process in
            let exit = try await process.exit()
            #expect(exit != .code(0))
            #expect(process.log.joined().contains(arguments[0]))
        }
    }

    @Test func `a second signal ends the service at once, whoever is still waited for`() async throws {
        try await RunningService.withService { service in
            let admin = try await service.token("9", "is_admin => true")
            // A request whose body never comes to its end.
            let connection = try await TCPConnection.open(port: service.port)
            try await connection.send(
                """
                POST \(Self.base)/invalidate HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(admin)\r\n\
                Content-Length: 9\r\n\r\n{"tags"
                """
            )
            try await Task.sleep(for: .milliseconds(300))
            service.process.terminate()
            try await Task.sleep(for: .milliseconds(500))
            service.process.terminate()
            let exit = try await service.process.exit()
            #expect(exit == .code(1))
            #expect(service.process.log.joined().contains("a second time"))
            await connection.close()
        }
    }

    @Test func `a schema that is too old for the service is told at the start, with what to do`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                "delete from freshet.migration where version = (select max(version) from freshet.migration)"
            )
            try await ServiceProcess.withProcess(
                ServiceProcess.freshet,
                ["serve", "--database-url", database.conninfo, "--port", "0"]
            ) { process in
                let exit = try await process.exit()
                #expect(exit != .code(0))
                #expect(process.log.joined(separator: " ").contains("migrations/apply.sql"))
            }
        }
    }

    @Test func `no token, cookie or password is in the log, at any level`() async throws {
        try await TestDatabase.withDatabase { database in
            let role = "svc_\(database.name)"
            try await database.psql("create role \(role) login password 'dbsecret'; grant freshet_service to \(role);")
            let conninfo = database.conninfo(user: role) + " password=dbsecret"
            try await RunningService.start(
                conninfo: conninfo,
                ["--log-level", "trace", "--log-format", "json", "--heartbeat", "200ms", "--recheck", "200ms"],
                psql: { try await database.psql($0) }
            ) { service in
                let admin = try await service.token("9", "is_admin => true")
                let user = try await service.token("1")
                try await service.withStream(user, query: "?tags=todo") { stream, _ in
                    _ = try await service.psql("select freshet.invalidate('{todo}')")
                    _ = try await stream.nextEvent("invalidate")
                    let cookie = [(name: "Cookie", value: "freshet_session=\(admin)")]
                    #expect(try await service.get(Self.base + "/status", cookie).status == 200)
                    let route = Self.base + "/status?token=\(admin)"
                    #expect(try await service.get(route, RunningService.bearer(user)).status == 403)
                    #expect(try await service.get(Self.base + "/sse", RunningService.bearer("badsecret")).status == 401)
                    _ = try await service.get("/nothing/here?token=\(admin)", cookie)
                    // Also where the statement that has them in it fails.
                    _ = try await service.psql(
                        """
                        create or replace function freshet.authenticate(credential text)
                        returns table (user_id text, session_id text, expires_at timestamptz, is_admin boolean, scopes text[])
                        language plpgsql as $$ begin raise exception 'it fails'; end $$;
                        """
                    )
                    #expect(try await service.get(Self.base + "/status", cookie).status == 401)
                    try await database.psql(
                        "select pg_terminate_backend(pid) from pg_stat_activity where usename = '\(role)'"
                    )
                    try await Task.sleep(for: .milliseconds(500))
                }
                let log = service.process.log.joined(separator: "\n")
                #expect(log.contains(#""level":"#))
                for secret in [admin, user, "badsecret", "dbsecret"] { #expect(!log.contains(secret)) }
                for line in service.process.log {
                    #expect(throws: Never.self, "\(line)") {
                        try JSONSerialization.jsonObject(with: Data(line.utf8))
                    }
                }
            }
        }
    }
}
