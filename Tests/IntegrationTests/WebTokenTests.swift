import Foundation
import TestSupport
import Testing

/// `--token-format jwt`: the token is verified, and the session that it names is looked up (CONTRACT.md §6). The tokens are
/// those of `Tests/TokenFormatsTests/Vectors/make_jwt.py`.
@Suite struct WebTokenTests {
    private static let vectors: JSONValue = {
        let path = Repository.root + "/Tests/TokenFormatsTests/Vectors/jwt.json"
        let data = (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data()
        return (try? JSONDecoder().decode(JSONValue.self, from: data)) ?? .null
    }()

    private static func token(_ kind: String, _ name: String) -> String { vectors[kind][name].string ?? "" }

    private static func write(_ name: String, to file: URL) throws {
        try JSONEncoder().encode(vectors["sets"][name]).write(to: file, options: .atomic)
    }

    /// Runs `body` with the path of a set of keys, in a directory of its own.
    private static func withKeys(_ body: (URL) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "freshet-keys-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("jwks.json")
        try write("old", to: file)
        try await body(file)
    }

    private static let setUp = """
        create table app_session (id text primary key, user_id text);
        insert into app_session values ('s-1', 'ann');
        create or replace function freshet.authenticate(credential text)
        returns table (user_id text, session_id text, expires_at timestamptz, is_admin boolean, scopes text[])
        language sql stable security definer set search_path = pg_catalog, pg_temp
        as $$
          select s.user_id, s.id, null::timestamptz, false, '{}'::text[] from public.app_session as s
          where s.id = authenticate.credential
        $$;
        select freshet.watch_sessions('app_session', ':id');
        """

    private static let session = RunningService.base + "/session"

    private static func expect(_ service: RunningService) async throws {
        let token = token("valid", "RS256")
        try await service.withStream(token) { stream, welcome in
            let user = try welcome.json.user
            #expect(user == "ann")
            guard case .object(let refused) = vectors["refused"] else { throw TestFailure("there are no vectors") }
            let names = refused.keys
            #expect(names.count > 10)
            for name in names
            where !name.contains("issuer") && !name.contains("audience") && !name.contains("not in the set") {
                let response = try await service.get(session, RunningService.bearer(Self.token("refused", name)))
                #expect(response.status == 401, "\(name)")
            }
            _ = try await service.psql("delete from app_session")
            let reason = try await stream.nextEvent("goaway").json.reason
            #expect(reason == "revoked")
        }
        let status = try await service.get(session, RunningService.bearer(token)).status
        #expect(status == 401)
        // The session is there, and somebody else's.
        _ = try await service.psql("insert into app_session values ('s-1', 'bob')")
        let other = try await service.get(session, RunningService.bearer(token)).status
        #expect(other == 401)
    }

    @Test func `keys in a file verify a token, and a logout ends its stream`() async throws {
        try await Self.withKeys { file in
            try await RunningService.withService(["--token-format", "jwt", "--jwks", file.path], setUp: Self.setUp) {
                try await Self.expect($0)
            }
        }
    }

    @Test func `keys at an address verify a token, and while the address does not answer nobody is refused for good`()
        async throws
    {
        try await Self.withKeys { file in
            let arguments = [
                "python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory",
                file.deletingLastPathComponent().path,
            ]
            try await ServiceProcess.withProcess("/usr/bin/env", arguments) { issuer in
                let line = try await issuer.line(containing: "Serving HTTP")
                let port = try #require(line.firstMatch(of: /port ([0-9]+)/)).1
                let address = "http://127.0.0.1:\(port)/jwks.json"
                try await RunningService.withService(["--token-format", "jwt", "--jwks", address], setUp: Self.setUp) {
                    try await Self.expect($0)
                }
                try await RunningService.withService(
                    ["--token-format", "jwt", "--jwks", address + ".not"],
                    setUp: Self.setUp
                ) { service in
                    let fields = RunningService.bearer(Self.token("valid", "RS256"))
                    let status = try await service.get(Self.session, fields).status
                    #expect(status == 503)
                    let stream = try await SSEClient.connect(
                        port: service.port,
                        RunningService.base + "/sse",
                        fields: fields
                    )
                    let reason = try await stream.nextEvent("goaway").json.reason
                    #expect(reason == "unavailable")
                }
            }
        }
    }

    @Test(arguments: [
        (["--token-format", "jwt"], "needs --jwks"), (["--jwks", "/nowhere"], "is for --token-format jwt"),
        (["--token-format", "jwt", "--jwks", "/nowhere"], "'/nowhere' cannot be used"),
        (["--token-format", "jwt", "--jwks", "/etc/hostname"], "no set of keys"),
        (["--token-format", "jwt", "--jwks", "http://example.com/jwks"], "must be an https address"),
        (["--token-format", "jwt", "--token-secret-file", "/etc/hostname"], "at least 32 bytes"),
        (["--token-format", "plain", "--jwt-audience", "x"], "--jwt-audience is for"),
    ])
    func `keys that cannot be used stop the start`(arguments: [String], words: String) async throws {
        try await ServiceProcess.withProcess(ServiceProcess.freshet, ["serve", "--port", "0"] + arguments) { process in
            let exit = try await process.exit()
            #expect(exit != .code(0))
            #expect(process.log.contains { $0.contains(words) }, "\(process.log)")
        }
    }
}
