import Foundation
import TestSupport
import Testing

/// CONTRACT.md §6: the routes beside the stream, and every refusal.
@Suite struct RouteTests {
    private static let invalidate = RunningService.base + "/invalidate"

    @Test(arguments: Serving.allCases) func `an administrator invalidates by hand and is given a position`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving) { service in
            let admin = try await service.token("9", "is_admin => true")
            try await service.withStream(try await service.token("42")) { stream, _ in
                let response = try await service.send(
                    TestRequest(
                        "POST",
                        Self.invalidate,
                        fields: RunningService.bearer(admin),
                        json: #"{"tags":[["todos"],["todo",42]],"scope":"user/42"}"#
                    )
                )
                #expect(response.status == 202)
                let body = try JSONDecoder().decode([String: String].self, from: Data(response.body))
                #expect(body["position"]?.isEmpty == false)
                #expect(try await stream.nextEvent("invalidate").json.tags == [["todos"], ["todo", 42]])
            }
        }
    }

    @Test(
        arguments: [
            "", "{", "[]", #"{"scope":"global"}"#, #"{"tags":[]}"#, #"{"tags":["todos"]}"#, #"{"tags":[[]]}"#,
            #"{"tags":[["a"]],"scope":"nonsense"}"#, #"{"tags":[["a"]]} x"#, #"{"tags":[[1.5]]}"#,
        ],
        Serving.allCases
    )
    func `a body that is none is one clear problem`(body: String, serving: Serving) async throws {
        try await RunningService.withService(as: serving) { service in
            let admin = try await service.token("9", "is_admin => true")
            let response = try await service.send(
                TestRequest("POST", Self.invalidate, fields: RunningService.bearer(admin), json: body)
            )
            #expect(response.status == 400)
            #expect(response["Content-Type"] == "application/problem+json")
            #expect(response.text.contains(#""detail":"#))
        }
    }

    @Test(arguments: Serving.allCases) func `whoever is no administrator may neither invalidate nor see the status`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving) { service in
            let fields = RunningService.bearer(try await service.token("1"))
            let body = #"{"tags":[["todos"]]}"#
            #expect(
                try await service.send(TestRequest("POST", Self.invalidate, fields: fields, json: body)).status == 403
            )
            #expect(try await service.get(RunningService.base + "/status", fields).status == 403)
            #expect(try await service.send(TestRequest("POST", Self.invalidate, json: body)).status == 401)
            #expect(try await service.get(RunningService.base + "/status").status == 401)
        }
    }

    @Test(arguments: Serving.allCases) func `the status counts streams and users and says how the listener is`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving) { service in
            let admin = try await service.token("9", "is_admin => true")
            let user = try await service.token("1")
            try await service.withStream(user) { _, _ in
                try await service.withStream(user) { _, _ in
                    let response = try await service.get(RunningService.base + "/status", RunningService.bearer(admin))
                    #expect(response.status == 200)
                    #expect(response.text.contains(#""streams":2,"users":1"#))
                    #expect(response.text.contains(#""listener":"live""#))
                    #expect(response.text.contains(#""position":"k"#))
                }
            }
        }
    }

    @Test(arguments: Serving.allCases) func `a post with a cookie needs a content type that no form can send`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving) { service in
            let admin = try await service.token("9", "is_admin => true")
            let cookie = [(name: "Cookie", value: "\(serving.cookie)=\(admin)")]
            let body = Array(#"{"tags":[["todos"]]}"#.utf8)
            let form = TestRequest(
                "POST",
                Self.invalidate,
                fields: cookie + [("Content-Type", "text/plain")],
                body: body
            )
            #expect(try await service.send(form).status == 415)
            let json = TestRequest("POST", Self.invalidate, fields: cookie, json: String(decoding: body, as: UTF8.self))
            #expect(try await service.send(json).status == 202)
        }
    }

    @Test(arguments: Serving.allCases)
    func `a page of another site is refused before any lookup, an allowed one may ask and read`(serving: Serving)
        async throws
    {
        try await RunningService.withService(as: serving, ["--allowed-origin", "https://app.example.com"]) { service in
            let token = try await service.token("1")
            for fields in [
                [("Origin", "https://evil.example.com")], [("Sec-Fetch-Site", "cross-site")],
                [("Sec-Fetch-Site", "same-site")],
                [("Origin", "null")],
            ] {
                let response = try await service.get(
                    RunningService.base + "/sse",
                    RunningService.bearer(token) + fields
                )
                #expect(response.status == 403, "\(fields)")
                #expect(response["Access-Control-Allow-Origin"] == nil)
            }
            let allowed = [("Origin", "https://app.example.com"), ("Sec-Fetch-Site", "cross-site")]
            try await service.withStream(token, fields: allowed) { stream, _ in
                #expect(stream.head["Access-Control-Allow-Origin"] == "https://app.example.com")
                #expect(stream.head["Access-Control-Allow-Credentials"] == "true")
                #expect(stream.head["Vary"] == "Origin")
            }
            let preflight = try await service.send(
                TestRequest("OPTIONS", Self.invalidate, fields: allowed + [("Access-Control-Request-Method", "POST")])
            )
            #expect(preflight.status == 204)
            #expect(preflight["Access-Control-Allow-Origin"] == "https://app.example.com")
        }
    }

    @Test func `an unknown route is a problem that names it, and health is open`() async throws {
        try await RunningService.withService { service in
            let missing = try await service.get(RunningService.base + "/nothing")
            #expect(missing.status == 404)
            #expect(missing["Content-Type"] == "application/problem+json")
            #expect(missing.text.contains("/nothing"))
            #expect(try await service.get("/health/live").status == 200)
            #expect(try await service.get("/health/ready").status == 200)
        }
    }

    @Test(arguments: Serving.allCases) func `tags in the query that are none are a problem, and no stream`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving) { service in
            let token = try await service.token("1")
            let response = try await service.get(
                RunningService.base + "/sse?tags=50%25",
                RunningService.bearer(token)
            )
            #expect(response.status == 400)
        }
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "GET /health/live HTTP/1.1\r\n: x\r\n\r\n", "GET  HTTP/9\r\n\r\n",
        "\u{0}\u{1}\u{2}\r\n\r\n",
    ])
    func `garbage on a connection ends that connection and nothing else`(bytes: String) async throws {
        try await RunningService.withService { service in
            let connection = try await HTTPConnection.open(host: "127.0.0.1", port: service.port)
            try await connection.send(bytes)
            while let part = try? await connection.next() {
                if case .head(let head) = part { #expect(head.status == 400) }
            }
            await connection.close()
            #expect(try await service.get("/health/live").status == 200)
        }
    }
}
