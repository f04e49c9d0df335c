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
                    #expect(added.status == 204)
                    let tags = try await ada.nextEvent("invalidate").data
                    let id = try #require(tags.firstMatch(of: /"todo",(\d+)/)?.1)
                    #expect(try await demo.request("GET", "/todos", as: "Ada").text.contains("drop table todo"))

                    let stolen = try await demo.request("PATCH", "/todos/\(id)", as: "Grace", json: #"{"done":true}"#)
                    #expect(stolen.status == 404)

                    let moved = try await demo.request("PATCH", "/todos/\(id)", as: "Ada", json: #"{"owner":"grace"}"#)
                    #expect(moved.status == 204)
                    #expect(try await ada.nextEvent("invalidate").data.contains(#""scopes":["user/ada"]"#))
                    #expect(try await grace.nextEvent("invalidate").data.contains(#""scopes":["user/grace"]"#))

                    #expect(try await demo.request("DELETE", "/todos/\(id)", as: "Grace").status == 204)
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
            (#"{"title":"","owner":"ada"}"#, 400), (#"{"title":"x","owner":"grace"}"#, 403),
            (#"{"title":"x","owner":"eve"}"#, 400), (#"{"title":"x"}"#, 400), ("no JSON", 400),
        ]
        try await RunningDemo.withDemo { demo in
            for (body, status) in refused {
                let answer = try await demo.request("POST", "/todos", as: "Ada", json: body)
                #expect(answer.status == status, "\(body)")
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
