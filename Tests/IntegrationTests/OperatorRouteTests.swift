import Foundation
import TestSupport
import Testing

/// CONTRACT.md §6: the routes of the operator's page, without a browser.
@Suite struct OperatorRouteTests {
    private static let admin = RunningService.base + "/admin"

    private static func end(_ service: RunningService, _ token: String, _ json: String) async throws
        -> HTTPTestClient.Response
    {
        try await service.send(TestRequest("POST", admin + "/end", fields: RunningService.bearer(token), json: json))
    }

    /// A feed that has told its first figures.
    private static func withFeed<Result>(
        _ service: RunningService,
        _ token: String,
        _ body: (SSEClient) async throws -> Result
    ) async throws -> Result {
        try await SSEClient.withStream(port: service.port, admin + "/events", fields: RunningService.bearer(token)) {
            try #require($0.head.status == 200)
            _ = try await $0.nextEvent("figures")
            return try await body($0)
        }
    }

    private static func next(_ type: String, _ feed: some EventStreamReading) async throws -> JSONValue {
        let item = try await feed.next { if case .event(let event) = $0 { event.type == type } else { false } }
        guard case .event(let event) = item else { return .null }
        return try JSONDecoder().decode(JSONValue.self, from: Data(event.data.utf8))
    }

    private static func wait(for line: String, _ service: RunningService) async throws {
        try await withDeadline("the metrics to say \(line)") {
            while try await !service.get("/metrics").text.contains(line + "\n") {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    // MARK: Who may

    @Test(arguments: Serving.allCases) func `each route is an administrator's, and no other site's`(serving: Serving)
        async throws
    {
        try await RunningService.withService(as: serving) { service in
            let admin = try await service.token("9", "is_admin => true")
            let user = try await service.token("1")
            let requests = [
                TestRequest("GET", Self.admin), TestRequest("GET", Self.admin + "/events"),
                TestRequest("GET", Self.admin + "/audience?tag=a"),
                TestRequest("POST", Self.admin + "/end", json: #"{"user":"1"}"#),
            ]
            for request in requests {
                func status(_ fields: [(name: String, value: String)]) async throws -> Int {
                    var request = request
                    request.fields += fields
                    let response = try await service.send(request)
                    #expect(response["Content-Type"] == "application/problem+json")
                    return response.status
                }
                #expect(try await status([]) == 401, "\(request.target)")
                #expect(try await status(RunningService.bearer(user)) == 403, "\(request.target)")
                let foreign = [(name: "Sec-Fetch-Site", value: "cross-site")]
                #expect(try await status(RunningService.bearer(admin) + foreign) == 403, "\(request.target)")
            }
            let form = TestRequest(
                "POST",
                Self.admin + "/end",
                fields: [("Cookie", "\(serving.cookie)=\(admin)"), ("Content-Type", "text/plain")],
                body: Array(#"{"user":"1"}"#.utf8)
            )
            #expect(try await service.send(form).status == 415)
            for path in ["", "/events", "/audience", "/end"] {
                #expect(try await service.send(TestRequest("OPTIONS", Self.admin + path)).status == 204)
            }
            let log = service.process.log.joined(separator: "\n")
            #expect(log.contains("An action was refused") && log.contains("GET \(Self.admin)"))
        }
    }

    @Test(arguments: Serving.allCases) func `the page has a strict policy, and a nonce that is new each time`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving, ["--base-path", "/deep/down"]) { service in
            let fields = RunningService.bearer(try await service.token("9", "is_admin => true"))
            var nonces: Set<String> = []
            for _ in 0..<2 {
                let page = try await service.get("/deep/down/admin", fields)
                #expect(page.status == 200)
                #expect(page["Content-Type"] == "text/html; charset=utf-8")
                #expect(page["Cache-Control"] == "no-store")
                #expect(page["X-Content-Type-Options"] == "nosniff")
                #expect(page["Referrer-Policy"] == "no-referrer")
                let policy = try #require(page["Content-Security-Policy"])
                let nonce = try #require(policy.firstMatch(of: /script-src 'nonce-([0-9a-z]+)';/)?.1)
                #expect(
                    policy == "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; "
                        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
                )
                #expect(page.text.matches(of: /<(script|style) nonce="([^"]+)">/).allSatisfy { $0.2 == nonce })
                #expect(!page.text.contains("{{"), "a place that nothing was put into")
                #expect(!page.text.contains("src=") && !page.text.contains("style=\""))
                nonces.insert(String(nonce))
            }
            #expect(nonces.count == 2)
        }
    }

    // MARK: Who would hear

    @Test(arguments: Serving.allCases) func `who would hear is told with the reason`(serving: Serving) async throws {
        try await RunningService.withService(as: serving) { service in
            let fields = RunningService.bearer(try await service.token("9", "is_admin => true"))
            let ann = try await service.token("ann", "scopes => '{tenant/acme}'")
            try await service.withStream(ann) { _, _ in
                try await service.withStream(ann, query: "?tags=note") { _, _ in
                    let answer = try await service.get(Self.admin + "/audience?tag=todo/42&scope=tenant/acme", fields)
                    #expect(answer.status == 200)
                    #expect(
                        answer.text
                            == #"{"streams":1,"filtered":1,"unexamined":0,"hearers":[{"user":"ann","streams":1,"#
                            + #""why":"extra scope"}],"unnamed":0,"paused":false,"disabled":[],"dropped":false}"#
                    )
                    let global = try await service.get(Self.admin + "/audience?tag=note", fields)
                    #expect(global.text.contains(#""streams":2,"#) && global.text.contains(#""why":"global""#))
                }
            }
        }
    }

    @Test(arguments: [
        ("", "tag"), ("?tag=", "tag"), ("?tag=50%25", "50%"), ("?tag=a&scope=nonsense", "nonsense"),
    ])
    func `a question that is none is a problem that names it`(query: String, name: String) async throws {
        try await RunningService.withService { service in
            let fields = RunningService.bearer(try await service.token("9", "is_admin => true"))
            let answer = try await service.get(Self.admin + "/audience" + query, fields)
            #expect(answer.status == 400)
            #expect(answer.text.contains(name))
        }
    }

    // MARK: Ending streams

    @Test(arguments: Serving.allCases) func `a user's streams end, the others go on, and the log says who did it`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving) { service in
            let admin = try await service.token("9", "is_admin => true")
            let (ann, bob) = (try await service.token("ann"), try await service.token("bob", "scopes => '{user/ann}'"))
            try await service.withStream(ann) { first, _ in
                try await service.withStream(ann) { second, _ in
                    try await service.withStream(bob) { other, _ in
                        let answer = try await Self.end(service, admin, #"{"user":"ann"}"#)
                        #expect(answer.status == 200 && answer.text == #"{"ended":2}"#)
                        for stream in [first, second] {
                            #expect(try await stream.nextEvent("goaway").json.reason == "revoked")
                            #expect(try await stream.rest().isEmpty)
                        }
                        _ = try await service.psql("select freshet.invalidate('{a}')")
                        _ = try await other.nextEvent("invalidate")
                    }
                }
            }
            #expect(try await Self.end(service, admin, #"{"user":"nobody"}"#).text == #"{"ended":0}"#)
            for body in ["", "[]", "{}", #"{"user":""}"#, #"{"user":7}"#] {
                #expect(try await Self.end(service, admin, body).status == 400, "\(body)")
            }
            let log = service.process.log.joined(separator: "\n")
            #expect(log.contains("POST \(Self.admin)/end") && log.contains("2 streams of ann"))
        }
    }

    // MARK: The feed

    @Test(arguments: Serving.allCases) func `the feed tells figures, and what passes with who heard it`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving) { service in
            let admin = try await service.token("9", "is_admin => true")
            try await service.withStream(try await service.token("ann")) { _, _ in
                try await Self.withFeed(service, admin) { feed in
                    #expect(feed.head["Content-Type"] == "text/event-stream")
                    #expect(feed.head["X-Accel-Buffering"] == "no")
                    _ = try await service.psql(
                        "begin; set local freshet.origin = 'tab-1'; select freshet.invalidate('{todo/42}', 'user/ann'); commit"
                    )
                    let passed = try await Self.next("passing", feed)["invalidations"].array
                    #expect(passed.count == 1)
                    #expect(passed.first?["tags"] == ["todo/42"])
                    #expect(passed.first?["scope"] == "user/ann")
                    #expect(passed.first?["origin"] == "tab-1")
                    #expect(passed.first?["txid"].string?.isEmpty == false)
                    #expect(
                        passed.first?["report"]["hearers"] == [["user": "ann", "streams": 1, "why": "own user"]]
                    )
                    let figures = try await Self.next("figures", feed)
                    #expect(figures["status"]["streams"] == 1)
                    #expect(figures["users"] == [["user": "ann", "streams": 1]])
                    #expect(figures["tags"] == [["name": "todo/42", "count": 1]])
                    #expect(figures["metrics"]["freshet_operator_pages"] == 1)
                    #expect(figures["metrics"][#"freshet_listener_state{state="live"}"#] == 1)
                    #expect(figures["metrics"][#"freshet_delivery_seconds_bucket{le="+Inf"}"#] == 1)
                }
            }
        }
    }

    @Test(arguments: Serving.allCases) func `a logout ends the feed, and what is committed after it is not told`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving) { service in
            let admin = try await service.token("9", "is_admin => true")
            try await Self.withFeed(service, admin) { feed in
                _ = try await service.psql("select freshet.invalidate('{before}')")
                _ = try await Self.next("passing", feed)
                _ = try await service.psql(
                    "\(service.signOut(admin)); select freshet.invalidate('{after}')"
                )
                let rest = try await feed.rest()
                #expect(
                    !rest.contains { if case .event(let event) = $0 { event.data.contains("after") } else { false } }
                )
                guard case .event(let last) = rest.last else { return #expect(Bool(false), "no last word") }
                #expect(last.type == "goaway" && last.data == #"{"reason":"revoked"}"#)
            }
            try await Self.wait(for: "freshet_operator_pages 0", service)
            try await Self.wait(for: "freshet_sessions 0", service)
        }
    }

    @Test(arguments: Serving.allCases) func `whoever is no administrator any more is told nothing more`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving) { service in
            let admin = try await service.token("9", "is_admin => true")
            try await Self.withFeed(service, admin) { feed in
                _ = try await service.psql(
                    "update \(serving.sessionTable) set is_admin = false; select freshet.invalidate('{after}')"
                )
                let rest = try await feed.rest()
                #expect(
                    !rest.contains { if case .event(let event) = $0 { event.data.contains("after") } else { false } }
                )
            }
        }
    }

    @Test(arguments: Serving.allCases)
    func `a browser that goes away leaves nothing behind, and so many may watch at once`(serving: Serving) async throws
    {
        try await RunningService.withService(as: serving) { service in
            let admin = try await service.token("9", "is_admin => true")
            var feeds: [SSEClient] = []
            for _ in 0..<20 {
                feeds.append(
                    try await SSEClient.connect(
                        port: service.port,
                        Self.admin + "/events",
                        fields: RunningService.bearer(admin)
                    )
                )
            }
            let refused = try await service.get(Self.admin + "/events", RunningService.bearer(admin))
            #expect(refused.status == 429)
            try await Self.wait(for: "freshet_operator_pages 20", service)
            for feed in feeds { await feed.connection.close() }
            try await Self.wait(for: "freshet_operator_pages 0", service)
            try await Self.wait(for: "freshet_sessions 0", service)
            try await Self.withFeed(service, admin) { _ in }
        }
    }

    @Test(arguments: Serving.allCases) func `a browser that reads nothing is sent away`(serving: Serving) async throws {
        try await RunningService.withService(as: serving) { service in
            let admin = try await service.token("9", "is_admin => true")
            try await SSEClient.withStream(
                port: service.port,
                Self.admin + "/events",
                fields: RunningService.bearer(admin),
                options: .init(receiveBuffer: 4_096)
            ) { feed in
                try await feed.connection.pause()
                try await Self.wait(for: "freshet_operator_pages 1", service)
                try await withDeadline("the feed to be closed", within: .seconds(60)) {
                    while try await !service.get("/metrics").text.contains("freshet_operator_pages 0\n") {
                        _ = try await service.psql(
                            """
                            select freshet.invalidate(array(select i || '/' || n || repeat('x', 300) from generate_series(1, 20) n))
                            from generate_series(1, 100) i
                            """
                        )
                    }
                }
            }
        }
    }

    @Test func `the feed is the same over HTTP/2, and ends with the session`() async throws {
        try await RunningService.withService { service in
            let admin = try await service.token("9", "is_admin => true")
            let request = TestRequest("GET", Self.admin + "/events", fields: RunningService.bearer(admin))
            try await service.withHTTP2 { connection in
                let feed = try await connection.send(request)
                _ = try await feed.nextEvent("figures")
                _ = try await service.psql("select freshet.invalidate('{todo/42}')")
                #expect(try await Self.next("passing", feed)["invalidations"].array.first?["tags"] == ["todo/42"])
                _ = try await service.psql("select freshet.revoke_session('\(admin)')")
                #expect(try await Self.next("goaway", feed)["reason"] == "revoked")
                #expect(try await feed.rest().isEmpty)
                // One stream that its client resets leaves nothing behind either.
                let other = try await service.token("9", "is_admin => true")
                let reset = try await connection.send(
                    TestRequest("GET", Self.admin + "/events", fields: RunningService.bearer(other))
                )
                _ = try await reset.nextEvent("figures")
                await reset.cancel()
                try await Self.wait(for: "freshet_operator_pages 0", service)
            }
        }
    }

    @Test(arguments: Serving.allCases) func `a feed does not keep the service from stopping`(serving: Serving)
        async throws
    {
        try await RunningService.withService(as: serving) { service in
            let admin = try await service.token("9", "is_admin => true")
            try await Self.withFeed(service, admin) { feed in
                service.process.terminate()
                let last = try await Self.next("goaway", feed)
                #expect(last["reason"] == "shutdown")
                let exit = try await service.process.exit()
                #expect(exit == .code(0))
            }
        }
    }
}
