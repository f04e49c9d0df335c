import TestSupport
import Testing

/// Keys for programs, and scopes that are joined into every session (CONTRACT.md §3).
@Suite struct APIKeyTests {
    private static func key(_ service: RunningService, _ arguments: String) async throws -> String {
        try await service.psql("select freshet.create_api_key(\(arguments))").filter { !$0.isWhitespace }
    }

    @Test(arguments: [[], ["--token-format", "hmac-sha256"]])
    func `a key hears its scopes whatever format sessions have, and is revoked at once`(arguments: [String])
        async throws
    {
        let environment = arguments.isEmpty ? [:] : ["FRESHET_TOKEN_SECRET": "keyboard cat"]
        try await RunningService.withService(arguments, environment: environment) { service in
            let key = try await Self.key(service, "'ci', '{tenant/acme}'")
            #expect(key.hasPrefix("freshet_key_") && key.count > 50)
            try await service.withStream(key) { stream, welcome in
                let (user, scopes) = (try welcome.json.user, try welcome.json.scopes)
                #expect(user == "api-key/ci")
                #expect(scopes == ["global", "user/api-key/ci", "tenant/acme"])
                _ = try await service.psql("select freshet.invalidate('{todos}', 'tenant/acme')")
                #expect(try await stream.nextEvent("invalidate").json.tags == [["todos"]])
                _ = try await service.psql("select freshet.revoke_api_key('ci')")
                #expect(try await stream.nextEvent("goaway").json.reason == "revoked")
            }
            #expect(try await service.get(RunningService.base + "/session", RunningService.bearer(key)).status == 401)
            let kept = try await service.psql("select count(*) from freshet.api_key")
            #expect(kept.contains("0"))
        }
    }

    @Test func `an administrator's key may invalidate, another may not, and one that is over may nothing`() async throws
    {
        try await RunningService.withService { service in
            let admin = try await Self.key(service, "'ops', is_admin => true")
            let plain = try await Self.key(service, "'plain'")
            let brief = try await Self.key(service, "'brief', ttl => '1 day'")
            _ = try await service.psql("update freshet.api_key set expires_at = now() where name = 'brief'")
            for (key, status) in [(admin, 202), (plain, 403), (brief, 401), (admin + "x", 401), ("freshet_key_", 401)] {
                let request = TestRequest(
                    "POST",
                    RunningService.base + "/invalidate",
                    fields: RunningService.bearer(key),
                    json: #"{"tags":[["todos"]]}"#
                )
                #expect(try await service.send(request).status == status)
            }
        }
    }

    @Test func `when a key was last used is noted, to the hour`() async throws {
        try await TestDatabase.withDatabase { database in
            let role = "svc_\(database.name)"
            try await database.psql("create role \(role) login; grant freshet_service to \(role);")
            let key = try await database.psql("select freshet.create_api_key('ci')").filter { !$0.isWhitespace }
            _ = try await database.psql("select freshet.create_api_key('other')")
            let psql: @Sendable (String) async throws -> String = { try await database.psql($0) }
            try await RunningService.start(conninfo: database.conninfo(user: role), [], psql: psql) { service in
                let response = try await service.get(RunningService.base + "/session", RunningService.bearer(key))
                #expect(response.status == 200)
                // What is not written yet is written when it stops.
                service.process.terminate()
                let exit = try await service.process.exit()
                #expect(exit == .code(0))
            }
            let noted = try await database.psql(
                "select name, last_used_at = date_trunc('hour', now()) from freshet.api_key order by name"
            )
            #expect(noted.split(separator: "\n") == ["ci|t", "other|"])
        }
    }

    @Test(arguments: ["''", "'a b'", "'a/b'", "null", "'ci', '{nonsense}'", "'ci', '{*}'", "'ci', ttl => '-1 day'"])
    func `a key that cannot be is refused with the reason`(arguments: String) async throws {
        try await TestDatabase.withDatabase { database in
            let error = await #expect(throws: (any Error).self) {
                try await database.psql("select freshet.create_api_key(\(arguments))")
            }
            #expect(error.map { "\($0)".contains("Freshet cannot create an API key") } == true)
        }
    }

    @Test func `a table of secrets that was dropped is forgotten, as every other that was watched`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                """
                create table app_session (sid text primary key);
                select freshet.watch_session_secrets('app_session', ':sid');
                drop table app_session;
                create table todo (id int primary key);
                select freshet.watch('todo', '{todos}');
                """
            )
            let problems = try await database.psql("select count(*) from freshet.watch_problems")
            #expect(problems == "0")
            let watches = try await database.psql("select count(*) from freshet.watch")
            #expect(watches == "3")
        }
    }

    @Test func `an operator's scopes are joined into every session, and read again when they change`() async throws {
        let setUp = """
            create table member (user_id text, tenant text);
            insert into member values ('ann', 'acme');
            create or replace function freshet.scopes_of(user_id text) returns setof text
            language sql stable security definer set search_path = pg_catalog, pg_temp
            as $$ select 'tenant/' || m.tenant from public.member as m where m.user_id = scopes_of.user_id $$;
            select freshet.watch_scopes('member', ':user_id');
            """
        try await RunningService.withService(setUp: setUp) { service in
            let token = try await service.token("ann", "scopes => '{team/1}'")
            try await service.withStream(token) { stream, welcome in
                let scopes = try welcome.json.scopes
                #expect(scopes == ["global", "user/ann", "team/1", "tenant/acme"])
                _ = try await service.psql("insert into member values ('ann', 'umbrella')")
                #expect(try await stream.nextEvent("reset").json.reason == "scopes")
                _ = try await service.psql("select freshet.invalidate('{todos}', 'tenant/umbrella')")
                #expect(try await stream.nextEvent("invalidate").json.tags == [["todos"]])
            }
            _ = try await service.psql(
                "create or replace function freshet.scopes_of(user_id text) returns setof text "
                    + "language sql as $$ select (1 / 0)::text $$"
            )
            // Nobody is let in by half of what they may hear.
            #expect(try await service.get(RunningService.base + "/session", RunningService.bearer(token)).status == 401)
        }
    }
}
