import TestSupport
import Testing

/// That a user can in no way read another's scope (SECURITY.md): each way that somebody would try, at once, while the other
/// one's data changes.
@Suite(.timeLimit(.minutes(20))) struct AttackTests {
    /// What somebody who has the token of user 1 sends to hear of user 2.
    private struct Attempt: Sendable {
        var query = ""
        var fields: [(name: String, value: String)] = []
    }

    private static func attempts(_ token: String, before position: String) -> [Attempt] {
        let bearer = RunningService.bearer(token)
        var attempts = [
            "?scope=user/2", "?scopes=user%2F2", "?scopes[]=user/2", "?user=2&user_id=2", "?tags=secret,user/2",
            "?tags=*", "?lastEventId=\(position)", "?lastEventId=\(position)&scope=*", "?token=x&session=2",
            "?admin=true",
        ].map { Attempt(query: $0, fields: bearer) }
        attempts += [
            [("X-User-Id", "2"), ("X-Forwarded-User", "2"), ("Remote-User", "2")],
            [("X-Scopes", "user/2"), ("Scope", "user/2"), ("X-Admin", "true")],
            [("Last-Event-ID", position)], [("Last-Event-ID", "*")],
            [("Cookie", "freshet_session=\(token); user=2; scope=user/2")],
            [("Cookie", "freshet_session=\(token)"), ("Cookie", "freshet_session=nonsense")],
            [("X-HTTP-Method-Override", "POST"), ("X-Original-URL", "/api/invalidator/status")],
        ].map { Attempt(fields: bearer + $0) }
        // By cookie alone, twice: the first one counts, and it is this user's.
        attempts.append(Attempt(fields: [("Cookie", "freshet_session=\(token); freshet_session=other")]))
        return attempts
    }

    @Test func `no header, query, cookie, filter or position opens another's scope`() async throws {
        try await RunningService.withService(["--heartbeat", "200ms", "--max-streams-per-user", "100"]) { service in
            let token = try await service.token("1")
            let other = try await service.token("2")
            let start = try await service.withStream(token) { _, welcome in welcome.id ?? "" }
            _ = try await service.psql("select freshet.invalidate('{secret/0}', 'user/2')")
            let attempts = Self.attempts(token, before: start)
            try await withThrowingTaskGroup(of: Void.self) { group in
                let (welcomed, isWelcomed) = AsyncStream.makeStream(of: Void.self)
                for attempt in attempts {
                    group.addTask {
                        try await service.withStream(nil, query: attempt.query, fields: attempt.fields) {
                            stream,
                            welcome in
                            let hello = try welcome.json
                            #expect(hello.user == "1", "\(attempt)")
                            #expect(hello.scopes == ["global", "user/1"], "\(attempt)")
                            isWelcomed.yield()
                            while true {
                                let event = try await stream.nextEvent()
                                #expect(
                                    !event.data.contains("secret") && !event.data.contains("user/2"),
                                    "\(attempt): \(event)"
                                )
                                if event.data.contains(#"["end"]"#) { return }
                            }
                        }
                    }
                }
                var count = 0
                for await _ in welcomed {
                    count += 1
                    if count == attempts.count { break }
                }
                try await service.withStream(other) { stream, _ in
                    _ = try await service.psql("select freshet.invalidate('{secret/1,secret}', 'user/2')")
                    #expect(try await stream.nextEvent("invalidate").json.scopes == ["user/2"])
                }
                _ = try await service.psql(
                    "select freshet.invalidate('{end,todos}'); select freshet.invalidate('{end}', '*')"
                )
                // A filter keeps the end from some, which would wait for ever; what they had to be told they have been.
                try await Task.sleep(for: .seconds(1))
                group.cancelAll()
                while await group.nextResult() != nil {}
            }
        }
    }

    @Test func `no route of an administrator, and no forged notification, opens another's scope`() async throws {
        try await RunningService.withService(["--heartbeat", "200ms"]) { service in
            let token = try await service.token("1")
            let fields = RunningService.bearer(token)
            for (route, body) in [
                ("/invalidate", #"{"tags":[["a"]],"scope":"user/2"}"#), ("/pause", "{}"), ("/resume", "{}"),
                ("/tags/disable", #"{"tags":[["a"]]}"#), ("/tags/enable", #"{"tags":[["a"]]}"#),
            ] {
                let request = TestRequest("POST", RunningService.base + route, fields: fields, json: body)
                #expect(try await service.send(request).status == 403)
            }
            #expect(try await service.get(RunningService.base + "/status", fields).status == 403)
            try await service.withStream(token) { stream, _ in
                for payload in [
                    #"{"session":"1","user":"1","scopes":["user/2"]}"#, #"{"user":"1","scopes":["user/2"]}"#,
                    #"{"control":"grant","user":"1","scope":"user/2"}"#,
                    #"{"tags":[["a"]],"scope":"user/1","scopes":["user/2"],"is_admin":true}"#,
                ] {
                    _ = try await service.psql("select pg_notify('freshet', '\(payload)')")
                }
                _ = try await service.psql("select freshet.invalidate('{secret}', 'user/2')")
                _ = try await service.psql("select freshet.invalidate('{end}', 'user/1')")
                while true {
                    let event = try await stream.nextEvent()
                    #expect(!event.data.contains("secret") && !event.data.contains("user/2"), "\(event)")
                    if event.data.contains(#"["end"]"#) { break }
                }
            }
            #expect(try await service.get(RunningService.base + "/status", fields).status == 403)
        }
    }
}
