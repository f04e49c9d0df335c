import Foundation
import TestSupport
import Testing

/// `--auth-url` and `--introspection-url`: somebody else says who asks (CONTRACT.md §7).
@Suite struct EndpointTests {
    /// An application as it may be, also where it is slow, broken, or hostile. It prints what it was asked.
    private static let application = #"""
        import http.server, json, os, sys, time, urllib.parse

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words): pass

            def answer(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in headers.items(): self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                cookie, bearer = self.headers.get("Cookie", ""), self.headers.get("Authorization", "")
                print("asked", self.path, cookie, bearer, flush=True)
                word = (cookie.split("=", 1)[1] if cookie else bearer.removeprefix("Bearer ")).split(".")[0]
                if self.path == "/evil": return self.answer(200, b'{"user_id":"evil"}')
                if os.path.exists(sys.argv[1] + "/" + word): return self.answer(401)
                bodies = {
                    "ann": {"user_id": "ann", "session_id": "s-1", "scopes": ["team/1"], "expires_at": None},
                    "admin": {"user_id": 7, "is_admin": True, "expires_at": time.time() + 3600},
                    "brief": {"user_id": "ann", "expires_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))},
                    "over": {"user_id": "ann", "expires_at": 1700000000},
                    "nobody": {"user_id": None}, "empty": {"user_id": ""}, "odd": {"user_id": "ann", "expires_at": "soon"},
                    "list": [1], "a%2Bb": {"user_id": "raw"},
                }
                if word in bodies: return self.answer(200, json.dumps(bodies[word]).encode())
                if word == "redirect": return self.answer(302, Location="/evil")
                if word == "teapot": return self.answer(418)
                if word == "broken": return self.answer(500)
                if word == "huge": return self.answer(200, b'{"user_id":"' + b"a" * 100_000 + b'"}')
                if word == "slow": time.sleep(10)
                if word == "stalls":
                    self.send_response(200)
                    self.send_header("Content-Length", "100")
                    self.end_headers()
                    self.wfile.write(b'{"user_id":')
                    self.wfile.flush()
                    time.sleep(60)
                return self.answer(401)

            def do_POST(self):
                form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                token, credentials = form["token"][0], self.headers.get("Authorization")
                print("introspected", token, form.get("token_type_hint"), credentials, flush=True)
                if credentials != "Basic YSUzQWI6cyUyMCUyRg==": return self.answer(401)
                known = token == "opaque+/=&" and not os.path.exists(sys.argv[1] + "/opaque")
                body = {"active": True, "sub": "ann", "jti": "t-1", "exp": time.time() + 60} if known else {"active": False}
                self.answer(200, json.dumps(body).encode())

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print("serving on", server.server_address[1], flush=True)
        server.serve_forever()
        """#

    private struct Application: Sendable {
        let process: ServiceProcess
        let port: Int
        let directory: String

        /// From now on the application knows this word no more.
        func forget(_ word: String) throws { try Data().write(to: URL(fileURLWithPath: directory + "/" + word)) }

        var questions: [String] { process.log.filter { $0.hasPrefix("asked") || $0.hasPrefix("introspected") } }
    }

    private static func withApplication(_ body: (Application) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "freshet-app-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await ServiceProcess.withProcess("/usr/bin/env", ["python3", "-u", "-c", application, directory.path]) {
            process in
            let line = try await process.line(containing: "serving on")
            let port = try #require(line.split(separator: " ").last.flatMap { Int($0) })
            try await body(Application(process: process, port: port, directory: directory.path))
        }
    }

    private static func withService(
        _ arguments: [String] = [],
        setUp: String = "",
        _ body: (RunningService, Application) async throws -> Void
    ) async throws {
        try await withApplication { application in
            let address = "http://127.0.0.1:\(application.port)/whoami"
            try await RunningService.withService(
                ["--auth-url", address, "--cookie", "sid"] + arguments,
                setUp: setUp
            ) { try await body($0, application) }
        }
    }

    private static let session = RunningService.base + "/session"

    @Test func `the application says who a cookie or a bearer token is, and nothing but that goes to it`() async throws
    {
        try await Self.withService { service, application in
            let cookie = try await service.get(Self.session, [("Cookie", "other=secret; sid=ann.x; last=1")])
            #expect(cookie.status == 200)
            #expect(cookie.text == #"{"user":"ann","scopes":["global","user/ann","team/1"]}"#)
            let bearer = try await service.get(Self.session, RunningService.bearer("admin"))
            #expect(bearer.text == #"{"user":"7","scopes":["global","user/7"]}"#)
            #expect(
                try await service.get(RunningService.base + "/status", RunningService.bearer("admin")).status == 200
            )
            #expect(try await service.get(RunningService.base + "/status", RunningService.bearer("ann")).status == 403)
            // As it came: what it means is the application's own business.
            let raw = try await service.get(Self.session, [("Cookie", "sid=a%2Bb")])
            #expect(raw.text.contains(#""user":"raw""#))
            let questions = application.questions
            #expect(questions.contains("asked /whoami sid=ann.x "))
            #expect(!questions.contains { $0.contains("secret") })
        }
    }

    @Test(arguments: [
        ("nobody", 401), ("empty", 401), ("unknown", 401), ("over", 401), ("odd", 401), ("list", 401),
        ("redirect", 401),
        ("teapot", 401), ("huge", 401), ("broken", 503), ("slow", 503), ("stalls", 503),
    ])
    func `an answer that is none is nobody, and one that does not come is asked for again`(word: String, status: Int)
        async throws
    {
        try await Self.withService { service, application in
            let response = try await service.get(Self.session, RunningService.bearer(word + ".t0ken"))
            #expect(response.status == status)
            #expect(!application.questions.contains { $0.contains("/evil") })
            #expect(!service.process.log.contains { $0.contains("t0ken") })
            // And the next is answered.
            var next = try await service.get(Self.session, RunningService.bearer("ann"))
            while next.status == 503 { next = try await service.get(Self.session, RunningService.bearer("ann")) }
            #expect(next.status == 200)
        }
    }

    @Test func `a storm of one credential is one question, and a check of an open stream is always asked`() async throws
    {
        let watch =
            "create table app_session (id text); select freshet.watch_sessions('app_session', ':id');"
            + "insert into app_session values ('s-1');"
        try await Self.withService(setUp: watch) { service, application in
            for _ in 0..<20 {
                #expect(try await service.get(Self.session, RunningService.bearer("ann")).status == 200)
            }
            #expect(application.questions.count == 1)
            try await service.withStream("ann") { stream, _ in
                try application.forget("ann")
                // The application's own logout: a row that goes, and a stream that ends at once.
                _ = try await service.psql("delete from app_session")
                #expect(try await stream.nextEvent("goaway").json.reason == "revoked")
            }
            try await withDeadline("the application to say that it was asked again") {
                while application.questions.count < 2 { try await Task.sleep(for: .milliseconds(20)) }
            }
            #expect(try await service.get(Self.session, RunningService.bearer("ann")).status == 401)
        }
    }

    @Test func `after a logout no answer from before it lets anybody in, whether a stream was open or not`()
        async throws
    {
        try await Self.withService { service, application in
            #expect(try await service.get(Self.session, RunningService.bearer("ann")).status == 200)
            try application.forget("ann")
            _ = try await service.psql("select freshet.recheck('session', 's-1')")
            // The word comes by NOTIFY; it is heard before what is committed after it.
            try await service.withStream("admin") { stream, _ in
                _ = try await service.psql("select freshet.invalidate('{end}')")
                _ = try await stream.nextEvent("invalidate")
            }
            #expect(try await service.get(Self.session, RunningService.bearer("ann")).status == 401)
        }
    }

    @Test func `a user for whom the operator's scopes fail is kept out, and nobody else`() async throws {
        let scopes = """
            create or replace function freshet.scopes_of(user_id text) returns setof text
            language sql stable as $$ select 'team/' || (scopes_of.user_id)::bigint $$;
            """
        try await Self.withService(setUp: scopes) { service, _ in
            for _ in 0..<3 {
                #expect(try await service.get(Self.session, RunningService.bearer("ann")).status == 401)
                let admin = try await service.get(Self.session, RunningService.bearer("admin"))
                #expect(admin.text == #"{"user":"7","scopes":["global","user/7","team/7"]}"#)
            }
        }
    }

    @Test func `streams are checked again, end with their session, and outlast a while without the application`()
        async throws
    {
        try await Self.withService(["--recheck", "200ms", "--auth-grace", "2s"]) { service, application in
            try await service.withStream("brief") { stream, _ in
                try application.forget("brief")
                let reason = try await stream.nextEvent("goaway").json.reason
                #expect(reason == "revoked" || reason == "expired")
            }
            try await service.withStream("ann") { stream, _ in
                application.process.kill()
                _ = try await application.process.exit()
                _ = try await service.psql("select freshet.invalidate('{todos}', 'user/ann')")
                #expect(try await stream.nextEvent("invalidate").json.tags == [["todos"]])
                #expect(try await stream.nextEvent("goaway").json.reason == "unavailable")
            }
        }
    }

    @Test func `API keys and the scopes of users are the database's all the same`() async throws {
        let scopes = """
            create or replace function freshet.scopes_of(user_id text) returns setof text
            language sql stable as $$ select 'tenant/' || scopes_of.user_id $$;
            """
        try await Self.withService(setUp: scopes) { service, application in
            let ann = try await service.get(Self.session, RunningService.bearer("ann"))
            #expect(ann.text == #"{"user":"ann","scopes":["global","user/ann","team/1","tenant/ann"]}"#)
            let key = try await service.psql("select freshet.create_api_key('ci')").filter { !$0.isWhitespace }
            #expect(try await service.get(Self.session, RunningService.bearer(key)).status == 200)
            #expect(!application.questions.contains { $0.contains(key) })
        }
    }

    @Test func `an OAuth server introspects opaque tokens`() async throws {
        try await Self.withApplication { application in
            try await RunningService.withService(
                [
                    "--introspection-url", "http://127.0.0.1:\(application.port)/introspect", "--introspection-client",
                    "a:b",
                    "--recheck", "200ms",
                ],
                environment: ["FRESHET_INTROSPECTION_SECRET": "s /"]
            ) { service in
                try await service.withStream("opaque+/=&") { stream, welcome in
                    let user = try welcome.json.user
                    #expect(user == "ann")
                    try application.forget("opaque")
                    #expect(try await stream.nextEvent("goaway").json.reason == "revoked")
                }
                #expect(try await service.get(Self.session, RunningService.bearer("other")).status == 401)
                #expect(application.questions.first?.contains("['access_token']") == true)
                #expect(!service.process.log.contains { $0.contains("opaque") || $0.contains("s /") })
            }
        }
    }

    @Test(
        arguments: [
            (["--auth-url", "whoami"], [:], "is no address"),
            (["--auth-url", "http://a/b", "--introspection-url", "http://a/b"], [:], "leave one out"),
            (["--introspection-url", "https://a/b"], [:], "needs --introspection-client"),
            (
                ["--introspection-url", "http://a/b", "--introspection-client", "a"],
                ["FRESHET_INTROSPECTION_SECRET": "x"], "must be https"
            ),
            (["--auth-url", "http://a/b", "--jwt-issuer", "x"], [:], "--jwt-issuer is for"),
            (["--introspection-client", "a"], [:], "no --introspection-url"),
            (["--auth-url", "http://a/b", "--token-format", "jwt"], [:], "leave --token-format"),
            (["--auth-url", "http://a/b"], ["FRESHET_TOKEN_SECRET": "x"], "leave --token-format"),
        ] as [([String], [String: String], String)]
    )
    func `what cannot be asked stops the start`(arguments: [String], environment: [String: String], words: String)
        async throws
    {
        try await ServiceProcess.withProcess(
            ServiceProcess.freshet,
            ["serve", "--port", "0"] + arguments,
            environment: environment
        ) { process in
            let exit = try await process.exit()
            #expect(exit != .code(0))
            #expect(process.log.contains { $0.contains(words) }, "\(process.log)")
        }
    }
}
