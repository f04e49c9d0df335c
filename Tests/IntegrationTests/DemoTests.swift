import Foundation
import TestSupport
import Testing

/// One after the other: each test has a PostgreSQL of its own, and initdb is a busy program.
@Suite(.serialized) struct DemoTests {
    @Test func `a pasted psql line reaches the user who may see the row, and nobody else`() async throws {
        try await RunningDemo.withDemo { demo in
            try await demo.withStream(of: "Ada") { ada in
                try await demo.withStream(of: "Grace") { grace in
                    try await RunningDemo.shell(demo.commands["Change what only Ada may see:", default: ""])
                    let own = try await ada.nextEvent("invalidate")
                    #expect(own.data.contains(#""scopes":["user/ada"]"#))
                    #expect(own.data.contains(#"["todos"]"#))

                    // Had Ada's row been told to Grace, it would have come before this.
                    try await RunningDemo.shell(demo.commands["Change what both may see:", default: ""])
                    #expect(try await grace.nextEvent("invalidate").data.contains(#""scopes":["global"]"#))
                    #expect(try await ada.nextEvent("invalidate").data.contains(#""scopes":["global"]"#))
                }
            }
        }
    }

    @Test func `the page's requests change what its user may change, and tell whom it concerns`() async throws {
        try await RunningDemo.withDemo { demo in
            try await demo.withStream(of: "Ada") { ada in
                try await demo.withStream(of: "Grace") { grace in
                    let added = try await demo.request(
                        "POST",
                        "/todos",
                        as: "Ada",
                        json: #"{"title":"<b>'); drop table todo; --","owner":"ada"}"#
                    )
                    #expect(added.status == 201)
                    let tags = try await ada.nextEvent("invalidate").data
                    let id = try #require(tags.firstMatch(of: /"todo",(\d+)/)?.1)
                    #expect(try await demo.request("GET", "/todos", as: "Ada").text.contains("drop table todo"))

                    let stolen = try await demo.request("PATCH", "/todos/\(id)", as: "Grace", json: #"{"done":true}"#)
                    #expect(stolen.status == 404)

                    let moved = try await demo.request("PATCH", "/todos/\(id)", as: "Ada", json: #"{"owner":"grace"}"#)
                    #expect(moved.status == 200)
                    #expect(try await ada.nextEvent("invalidate").data.contains(#""scopes":["user/ada"]"#))
                    #expect(try await grace.nextEvent("invalidate").data.contains(#""scopes":["user/grace"]"#))

                    #expect(try await demo.request("DELETE", "/todos/\(id)", as: "Grace").status == 200)
                    _ = try await grace.nextEvent("invalidate")
                    #expect(try await !demo.request("GET", "/todos", as: "Grace").text.contains("drop table"))
                }
            }
        }
    }

    @Test func `the page comes with a strict policy, and to no foreign name`() async throws {
        try await RunningDemo.withDemo { demo in
            let page = try await demo.request("GET", "/")
            #expect(page.status == 200)
            #expect(page["Content-Security-Policy"]?.hasPrefix("default-src 'none'") == true)
            for (_, path) in page.text.matches(of: /(?:href|src)="([^"]+)"/).map(\.output) {
                // The operator's page lies elsewhere.
                let status = path == "operator" ? 303 : 200
                #expect(try await demo.request("GET", "/\(path)").status == status, "\(path)")
            }
            let users = try await demo.request("GET", "/demo.json")
            #expect(users.text.contains(demo.tokens["Ada", default: "?"]))
            let rebound = TestRequest("GET", "/demo.json", fields: [("Host", "evil.example:\(demo.port)")])
            #expect(try await HTTPTestClient.send(rebound, port: demo.port).status == 403)
            #expect(try await demo.request("GET", "/todos").status == 401)
        }
    }

    @Test func `the operator's page is one click away, and to no foreign name`() async throws {
        try await RunningDemo.withDemo { demo in
            #expect(demo.process.log.contains { $0.hasSuffix("http://127.0.0.1:\(demo.port)/operator") })
            let click = try await demo.request("GET", "/operator")
            #expect(click.status == 303)
            let cookie = try #require(click["Set-Cookie"])
            #expect(cookie.hasSuffix("; Path=/api/invalidator; HttpOnly; SameSite=Strict"))
            let fields = [(name: "Cookie", value: String(cookie.prefix { $0 != ";" }))]
            let path = try #require(click["Location"])
            let page = try await HTTPTestClient.send(TestRequest("GET", path, fields: fields), port: demo.port)
            #expect(page.status == 200 && page.text.contains("What passes"))
            let rebound = TestRequest("GET", "/operator", fields: [("Host", "evil.example:\(demo.port)")])
            #expect(try await HTTPTestClient.send(rebound, port: demo.port).status == 403)
        }
    }

    @Test func `what the page would never ask is refused`() async throws {
        let refused = [
            ("POST", "/todos", #"{"title":"","owner":"ada"}"#, 400),
            ("POST", "/todos", #"{"title":"x","owner":"grace"}"#, 403),
            ("POST", "/todos", #"{"title":"x","owner":"eve"}"#, 400), ("POST", "/todos", #"{"title":"x"}"#, 400),
            ("POST", "/todos", "no JSON", 400), ("PATCH", "/todos", #"{"done":"yes"}"#, 400),
            ("PATCH", "/todos", "{}", 400), ("PATCH", "/todos/1", "{}", 400), ("PATCH", "/todos/1", "[]", 400),
            ("PATCH", "/todos/1", #"{"owner":"eve"}"#, 400), ("PATCH", "/todos/x", #"{"done":true}"#, 404),
            ("PATCH", "/todos/99999999999999999999", #"{"done":true}"#, 404), ("DELETE", "/todos/0", "", 404),
        ]
        try await RunningDemo.withDemo { demo in
            for (method, path, body, status) in refused {
                let answer = try await demo.request(method, path, as: "Ada", json: body)
                #expect(answer.status == status, "\(method) \(path) \(body)")
                #expect(answer.text.contains(#""detail":""#), "\(answer.text)")
            }
        }
    }

    // MARK: What a page has of its own writes

    @Test func `a write is answered with what became of it, and its echo carries the page's origin`() async throws {
        try await RunningDemo.withDemo { demo in
            let origin = [(name: "Freshet-Origin", value: "tab-1")]
            func write(_ method: String, _ path: String, _ body: String) async throws -> String {
                try await demo.request(method, path, as: "Ada", fields: origin, json: body).text
            }
            try await demo.withStream(of: "Ada") { ada in
                let added = try await write("POST", "/todos", #"{"title":"Sail","owner":"ada"}"#)
                let id = try #require(added.firstMatch(of: /"id" : (\d+)/)?.1)
                let row = #"{"id" : \#(id), "owner" : "ada", "title" : "Sail", "done" : false}"#
                #expect(added == #"{"changed" : [\#(row)], "gone" : []}"#)
                #expect(try await ada.nextEvent("invalidate").data.contains(#""origin":"tab-1""#))

                // The next write is on the same connection, and names no page.
                _ = try await demo.request("PATCH", "/todos/\(id)", as: "Ada", json: #"{"done":true}"#)
                #expect(try await !ada.nextEvent("invalidate").data.contains("origin"))

                let shared = try await write("PATCH", "/todos/\(id)", #"{"done":false,"owner":"shared"}"#)
                #expect(
                    shared.contains(#""owner" : null, "title" : "Sail", "done" : false}], "gone" : []}"#),
                    "\(shared)"
                )
                let moved = try await write("PATCH", "/todos/\(id)", #"{"owner":"grace"}"#)
                #expect(moved == #"{"changed" : [], "gone" : [\#(id)]}"#)
                #expect(try await write("DELETE", "/todos/1", "") == #"{"changed" : [], "gone" : [1]}"#)
            }
        }
    }

    @Test func `an origin that Freshet would cut is refused`() async throws {
        try await RunningDemo.withDemo { demo in
            for (origin, status) in [
                ("", 400), (String(repeating: "x", count: 201), 400), (String(repeating: "x", count: 200), 200),
            ] {
                let fields = [(name: "Freshet-Origin", value: origin)]
                let body = #"{"done":true}"#
                let answer = try await demo.request("PATCH", "/todos/1", as: "Ada", fields: fields, json: body)
                #expect(answer.status == status, "\(origin.count) characters")
            }
        }
    }

    @Test func `a bulk change changes all that its user may see, and is told each user once`() async throws {
        try await RunningDemo.withDemo { demo in
            try await demo.withStream(of: "Grace") { grace in
                let changed = try await demo.request("PATCH", "/todos", as: "Ada", json: #"{"done":true}"#).text
                #expect(changed.matches(of: /"done" : true/).count == 3, "\(changed)")
                let told = try await grace.nextEvent("invalidate").data
                for tag in [#"["todos"]"#, #"["todo",5]"#, #"["todo",6]"#] { #expect(told.contains(tag), "\(told)") }
                #expect(!told.contains(#"["todo",1]"#), "\(told)")
                let hers = try await demo.request("GET", "/todos", as: "Grace").text
                #expect(hers.contains(#""title" : "Find the moth in relay 70", "done" : false"#), "\(hers)")

                // What is so already is no change, and nobody is told of it: the next that she hears is another's.
                let same = try await demo.request("PATCH", "/todos", as: "Ada", json: #"{"done":true}"#).text
                #expect(same == #"{"changed" : [], "gone" : []}"#)
                _ = try await demo.request("PATCH", "/todos/3", as: "Grace", json: #"{"done":true}"#)
                #expect(try await grace.nextEvent("invalidate").data.contains(#"["todo",3]"#))
            }
        }
    }

    // MARK: Signing in and out

    @Test func `a sign-out ends the stream and the requests of its session, and a sign-in begins another`() async throws
    {
        try await RunningDemo.withDemo { demo in
            let old = demo.tokens["Ada", default: "?"]
            try await demo.withStream(of: "Ada") { ada in
                let signOut = try await demo.request("POST", "/sign-out", as: "Ada")
                #expect(signOut.status == 204)
                #expect(try await ada.nextEvent("goaway").data.contains("revoked"))
            }
            for (method, path) in [("GET", "/todos"), ("DELETE", "/todos/1"), ("GET", "/api/invalidator/sse")] {
                #expect(try await demo.request(method, path, as: "Ada").status == 401, "\(path)")
            }
            #expect(try await demo.request("POST", "/sign-out", as: "Ada").status == 204)
            #expect(try await !demo.request("GET", "/demo.json").text.contains(old))

            let answer = try await demo.request("POST", "/sign-in", json: #"{"user":"ada"}"#)
            #expect(answer.status == 200)
            let new = try #require(answer.text.firstMatch(of: /"name":"Ada","token":"([^"]+)"/)?.1)
            #expect(new != old)
            #expect(answer.text == (try await demo.request("GET", "/demo.json").text))
            let fields = [(name: "Authorization", value: "Bearer \(new)")]
            #expect(try await demo.request("GET", "/todos", fields: fields).status == 200)
            try await SSEClient.withStream(port: demo.port, "/api/invalidator/sse", fields: fields) { stream in
                let welcome = try await stream.nextEvent("welcome").data
                #expect(welcome.contains(#""user":"ada""#))
            }
        }
    }

    @Test func `nobody is signed in or out by another page, another name, or garbage`() async throws {
        try await RunningDemo.withDemo { demo in
            let foreign = [
                ("Host", "evil.example:\(demo.port)"), ("Sec-Fetch-Site", "cross-site"),
                ("Sec-Fetch-Site", "same-site"),
                ("Origin", "http://evil.example"), ("Origin", "null"),
            ].map { [(name: $0.0, value: $0.1)] }
            for fields in foreign {
                let signIn = try await demo.request("POST", "/sign-in", fields: fields, json: #"{"user":"ada"}"#)
                #expect(signIn.status == 403, "\(fields)")
                let signOut = try await demo.request("POST", "/sign-out", as: "Ada", fields: fields)
                #expect(signOut.status == 403, "\(fields)")
                let write = try await demo.request("DELETE", "/todos/1", as: "Ada", fields: fields)
                #expect(write.status == 403, "\(fields)")
            }
            for body in [#"{"user":"operator"}"#, #"{"user":"' or true; --"}"#, #"{"user":null}"#, "{}", "", "no JSON"]
            {
                #expect(try await demo.request("POST", "/sign-in", json: body).status == 400, "\(body)")
            }
            #expect(try await demo.request("POST", "/sign-out").status == 401)
            let unknown = [(name: "Authorization", value: "Bearer none")]
            #expect(try await demo.request("POST", "/sign-out", fields: unknown).status == 204)
            #expect(try await demo.request("GET", "/todos", as: "Ada").status == 200)
            #expect(try await demo.request("GET", "/sign-in").status == 404)
        }
    }

    @Test func `the application's login can sign its users in, and nobody else`() async throws {
        try await RunningDemo.withDemo { demo in
            let isSignedIn = try await demo.psql("select sign_in('ada') is not null")
            #expect(isSignedIn == "t")
            #expect(try await demo.psql("select sign_in('operator') is null") == "t")
            for forbidden in [
                "select freshet.create_session('ada', is_admin => true)", "select token_sha256 from freshet.session",
                "insert into todo_user values ('eve', 'Eve')", "select * from freshet.event",
            ] {
                #expect(try await demo.psql(forbidden).contains("permission denied"), "\(forbidden)")
            }
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `a signal ends it in order, with its streams, its server and its directory`(_ signal: Int32) async throws {
        try await RunningDemo.withDemo { demo in
            try await demo.withStream(of: "Ada") { ada in
                #expect(FileManager.default.fileExists(atPath: demo.directory))
                kill(demo.process.processID, signal)
                let goaway = try await ada.nextEvent("goaway")
                #expect(goaway.data.contains("shutdown"))
                #expect(try await demo.process.exit() == .code(0))
                #expect(!FileManager.default.fileExists(atPath: demo.directory))
            }
        }
    }

    @Test func `killed, it leaves nothing behind`() async throws {
        try await RunningDemo.withDemo { demo in
            #expect(demo.directory.hasPrefix("/tmp/freshet-"))
            demo.process.kill()
            let watch = "while [ -e \(demo.directory) ]; do sleep 0.02; done; echo gone"
            try await ServiceProcess.withProcess("/bin/sh", ["-c", watch]) { try await $0.line(containing: "gone") }
        }
    }

    @Test func `two demos at once do not meet`() async throws {
        try await RunningDemo.withDemo { one in
            try await RunningDemo.withDemo { other in
                #expect(one.port != other.port)
                #expect(one.directory != other.directory)
                #expect(try await one.request("GET", "/todos", as: "Ada").status == 200)
                let foreign = try await HTTPTestClient.send(
                    TestRequest("GET", "/api/invalidator/sse", fields: one.fields(of: "Ada")),
                    port: other.port
                )
                #expect(foreign.status == 401)
            }
        }
    }

    @Test func `without PostgreSQL it says what to do`() async throws {
        let environment = ["FRESHET_PG_BINDIR": "/nonexistent"]
        try await ServiceProcess.withProcess(ServiceProcess.freshet, ["demo"], environment: environment) { process in
            try await process.line(containing: "FRESHET_PG_BINDIR is /nonexistent")
            #expect(try await process.exit() == .code(1))
        }
    }

    @Test func `a port in use is named, and nothing is left`() async throws {
        try await RunningDemo.withDemo { demo in
            let arguments = ["demo", "--port", "\(demo.port)"]
            try await ServiceProcess.withProcess(ServiceProcess.freshet, arguments) { process in
                try await process.line(containing: "the port is in use", within: .seconds(120))
                #expect(try await process.exit() == .code(1))
            }
        }
    }
}
