import Oracle
import TestSupport
import Testing

/// CONTRACT.md §6: who is asking, and what becomes of a stream whose session changes.
@Suite struct SessionTests {
    @Test(arguments: Serving.allCases) func `no credential, an unknown one and a logged-out one are 401`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving) { service in
            let token = try await service.token("1")
            #expect(try await service.psql(service.signOut(token)).contains("t"))
            for fields in [[], RunningService.bearer("unknown"), RunningService.bearer(token)] {
                let response = try await service.get(RunningService.base + "/sse", fields)
                #expect(response.status == 401)
                #expect(response["Content-Type"] == "application/problem+json")
                #expect(!response.text.contains(token))
            }
        }
    }

    @Test func `the cookie counts, percent-decoded once`() async throws {
        try await RunningService.withService { service in
            let token = try await service.token("1")
            let encoded = token.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            for value in [token, encoded] {
                try await service.withStream(nil, fields: [("Cookie", "a=b; freshet_session=\(value)")]) { _, welcome in
                    let user = try welcome.json.user
                    #expect(user == "1")
                }
            }
            let inURL = try await service.get(RunningService.base + "/sse?token=\(token)&freshet_session=\(token)")
            #expect(inURL.status == 401)
        }
    }

    @Test(arguments: Serving.allCases) func `logging out ends the stream at once, and nothing committed later is told`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving, ["--recheck", "1h"]) { service in
            let token = try await service.token("1")
            try await service.withStream(token) { stream, _ in
                _ = try await service.psql(
                    "\(service.signOut(token)); select freshet.invalidate('{secret}', 'user/1')"
                )
                #expect(try await stream.nextEvent("goaway").json.reason == "revoked")
                #expect(try await stream.rest().isEmpty)
            }
        }
    }

    @Test(arguments: Serving.allCases) func `a session of another user goes on`(serving: Serving) async throws {
        try await RunningService.withService(as: serving) { service in
            let (ada, grace) = (try await service.token("1"), try await service.token("2"))
            try await service.withStream(grace) { stream, _ in
                _ = try await service.psql(service.signOut(ada))
                _ = try await service.psql("select freshet.invalidate('{todos}', 'user/2')")
                #expect(try await stream.nextEvent("invalidate").json.tags == [["todos"]])
            }
        }
    }

    @Test(arguments: Serving.allCases) func `an expired session's stream ends as expired`(serving: Serving) async throws
    {
        try await RunningService.withService(as: serving) { service in
            let token = try await service.token("1", "interval '1 second'")
            try await service.withStream(token) { stream, _ in
                let reason = try await stream.nextEvent("goaway").json.reason
                #expect(reason == "expired")
            }
            #expect(try await service.get(RunningService.base + "/sse", RunningService.bearer(token)).status == 401)
        }
    }

    @Test(arguments: Serving.allCases) func `a scope gained is heard and a scope lost is not, without a new connection`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving) { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                _ = try await service.psql("update \(serving.sessionTable) set scopes = '{tenant/acme}'")
                #expect(try await stream.nextEvent("reset").json.reason == "scopes")
                _ = try await service.psql("select freshet.invalidate('{a}', 'tenant/acme')")
                #expect(try await stream.nextEvent("invalidate").json.scopes == ["tenant/acme"])
                _ = try await service.psql(
                    """
                    update \(serving.sessionTable) set scopes = '{}';
                    select freshet.invalidate('{b}', 'tenant/acme');
                    """
                )
                #expect(try await stream.nextEvent("reset").json.reason == "scopes")
                _ = try await service.psql("select freshet.invalidate('{c}', 'tenant/acme')")
                _ = try await service.psql("select freshet.invalidate('{d}', 'user/1')")
                #expect(try await stream.nextEvent("invalidate").json.tags == [["d"]])
            }
        }
    }

    @Test(arguments: Serving.allCases) func `anonymous clients hear global and nothing else, where they are allowed`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving, ["--allow-anonymous"]) { service in
            try await service.withStream(nil) { stream, welcome in
                #expect(try welcome.json == EventData(scopes: ["global"], resumed: false))
                _ = try await service.psql(
                    "select freshet.invalidate('{a}', 'user/1'); select freshet.invalidate('{b}')"
                )
                #expect(try await stream.nextEvent("invalidate").json.tags == [["b"]])
            }
            #expect(try await service.get(RunningService.base + "/sse", RunningService.bearer("wrong")).status == 401)
        }
    }

    @Test(arguments: Serving.allCases) func `one stream more than a user may have is 429`(serving: Serving) async throws
    {
        try await RunningService.withService(as: serving, ["--max-streams-per-user", "2"]) { service in
            let token = try await service.token("1")
            try await service.withStream(token) { _, _ in
                try await service.withStream(token) { _, _ in
                    let response = try await service.get(RunningService.base + "/sse", RunningService.bearer(token))
                    #expect(response.status == 429)
                    #expect(response["Retry-After"] != nil)
                    try await service.withStream(try await service.token("2")) { _, _ in }
                }
            }
        }
    }

    @Test func `a credential that makes the operator's function fail does not fail its neighbours`() async throws {
        let setUp = """
            create or replace function freshet.authenticate(credential text)
            returns table (user_id text, session_id text, expires_at timestamptz, is_admin boolean, scopes text[])
            language plpgsql stable security definer set search_path = pg_catalog as $$
            begin
              if credential = 'boom' then raise exception 'boom'; end if;
              if credential = 'two' then
                return query select 'u'::text, 's'::text, null::timestamptz, false, '{}'::text[] from generate_series(1, 2);
                return;
              end if;
              if credential like 'ok-%' then
                return query select credential, credential, null::timestamptz, false, '{}'::text[];
              end if;
            end $$;
            """
        try await RunningService.withService(setUp: setUp) { service in
            try await withThrowingTaskGroup(of: (String, Int).self) { group in
                for number in 0..<30 {
                    let token = number % 3 == 0 ? "boom" : number % 3 == 1 ? "two" : "ok-\(number)"
                    group.addTask {
                        let stream = try await SSEClient.connect(
                            port: service.port,
                            RunningService.base + "/sse",
                            fields: RunningService.bearer(token)
                        )
                        await stream.connection.close()
                        return (token, stream.head.status)
                    }
                }
                for try await (token, status) in group {
                    #expect(status == (token.hasPrefix("ok-") ? 200 : 401), "\(token)")
                }
            }
        }
    }

    @Test(.enabled(if: ServiceClock.isSettable), arguments: [100, -100])
    func `a service whose clock is wrong by months ends nobody's session, and keeps none`(days: Int64) async throws {
        let clock = try ServiceClock()
        defer { clock.remove() }
        try await RunningService.withService(["--recheck", "200ms"], environment: clock.environment) { service in
            try clock.set(ahead: days * 86_400)
            try await service.withStream(try await service.token("1")) { stream, _ in
                let brief = try await service.token("2", "interval '2 seconds'")
                try await service.withStream(brief) { brief, _ in
                    let reason = try await brief.nextEvent("goaway").json.reason
                    #expect(reason == "expired")
                }
                _ = try await service.psql("select freshet.invalidate('{still}', 'user/1')")
                #expect(try await stream.nextEvent("invalidate").json.tags == [["still"]])
            }
        }
    }
}
