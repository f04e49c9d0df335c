import TestSupport
import Testing

/// HTTP/2 with prior knowledge on the plain port: the same routes, checks and streams as over HTTP/1.1.
@Suite(.timeLimit(.minutes(20))) struct HTTP2Tests {
    private static let sse = RunningService.base + "/sse"

    @Test func `a committed change reaches a stream`() async throws {
        try await RunningService.withService { service in
            let token = try await service.token("1")
            try await service.withHTTP2 { connection in
                let (stream, welcome) = try await connection.stream(token)
                #expect(stream.head["content-type"] == "text/event-stream")
                #expect(stream.head["cache-control"]?.contains("no-store") == true)
                #expect(stream.head["x-accel-buffering"] == "no")
                #expect(stream.head["connection"] == nil)
                #expect(stream.head["transfer-encoding"] == nil)
                #expect(try welcome.json == EventData(scopes: ["global", "user/1"], user: "1", resumed: false))
                _ = try await service.psql("select freshet.invalidate('{todos,todo/42}', 'user/1')")
                let event = try await stream.nextEvent("invalidate")
                #expect(try event.json.tags == [["todos"], ["todo", 42]])
                #expect(event.id != nil)
            }
        }
    }

    @Test func `two users on one connection hear only their own`() async throws {
        try await RunningService.withService { service in
            let (ada, grace) = (try await service.token("1"), try await service.token("2"))
            try await service.withHTTP2 { connection in
                let (mine, _) = try await connection.stream(ada)
                let (hers, _) = try await connection.stream(grace)
                _ = try await service.psql(
                    """
                    select freshet.invalidate('{a}', 'user/1');
                    select freshet.invalidate('{b}', 'user/2');
                    select freshet.invalidate('{last}');
                    """
                )
                for (stream, own) in [(mine, "a"), (hers, "b")] {
                    var told: Set<[EventData.Segment]> = []
                    while !told.contains(["last"]) {
                        told.formUnion(try await stream.nextEvent("invalidate").json.tags ?? [])
                    }
                    #expect(told == [[.text(own)], ["last"]])
                }
            }
        }
    }

    @Test func `the other routes answer, each on a stream of its own`() async throws {
        try await RunningService.withService { service in
            let admin = try await service.token("9", "is_admin => true")
            try await service.withHTTP2 { connection in
                let (stream, _) = try await connection.stream(admin)
                let health = try await connection.send(TestRequest("GET", "/health/live"))
                #expect(health.head.status == 200)
                #expect(try await health.text() == #"{"status":"live"}"#)
                let fields = RunningService.bearer(admin)
                let status = try await connection.send(
                    TestRequest("GET", RunningService.base + "/status", fields: fields)
                )
                #expect(try await status.text().contains(#""streams":1,"users":1"#))
                let post = TestRequest(
                    "POST",
                    RunningService.base + "/invalidate",
                    fields: fields,
                    json: #"{"tags":[["todos"]]}"#
                )
                #expect(try await connection.send(post).head.status == 202)
                #expect(try await stream.nextEvent("invalidate").json.tags == [["todos"]])
                let missing = try await connection.send(TestRequest("GET", RunningService.base + "/nothing"))
                #expect(missing.head.status == 404)
                #expect(try await missing.text().contains("/nothing"))
            }
        }
    }

    @Test func `refusals are those of HTTP/1.1, and none ends the connection`() async throws {
        let arguments = ["--max-streams-per-user", "1", "--allowed-origin", "https://app.example.com"]
        try await RunningService.withService(arguments) { service in
            let token = try await service.token("1")
            try await service.withHTTP2 { connection in
                let nobody = try await connection.send(TestRequest("GET", Self.sse))
                #expect(nobody.head.status == 401)
                #expect(nobody.head["content-type"] == "application/problem+json")
                #expect(nobody.head["www-authenticate"] == "Bearer")
                #expect(try await nobody.text().contains(#""status":401"#))

                let bearer = RunningService.bearer(token)
                let foreign = [(name: "origin", value: "https://evil.example.com")]
                let cross = try await connection.send(TestRequest("GET", Self.sse, fields: bearer + foreign))
                #expect(cross.head.status == 403)
                let bad = try await connection.send(TestRequest("GET", Self.sse + "?tags=50%25", fields: bearer))
                #expect(bad.head.status == 400)

                let allowed = [(name: "origin", value: "https://app.example.com")]
                let (first, _) = try await connection.stream(token, fields: allowed)
                #expect(first.head["access-control-allow-origin"] == "https://app.example.com")
                #expect(first.head["vary"] == "Origin")
                let second = try await connection.send(TestRequest("GET", Self.sse, fields: bearer))
                #expect(second.head.status == 429)
            }
        }
    }

    @Test func `our own origin is the authority that the request names`() async throws {
        try await RunningService.withService { service in
            let token = try await service.token("1")
            try await service.withHTTP2 { connection in
                let own = [(name: "origin", value: "http://127.0.0.1:\(service.port)")]
                _ = try await connection.stream(token, fields: own)
            }
        }
    }

    @Test func `a cookie is found also where the client splits its field`() async throws {
        try await RunningService.withService { service in
            let token = try await service.token("1")
            try await service.withHTTP2 { connection in
                let fields = [("cookie", "a=b"), ("cookie", "freshet_session=\(token)"), ("cookie", "c=d")]
                let (_, welcome) = try await connection.stream(nil, fields: fields)
                #expect(try welcome.json.user == "1")
            }
        }
    }

    @Test func `logging out ends one stream and leaves its sibling`() async throws {
        try await RunningService.withService(["--recheck", "1h"]) { service in
            let (ada, grace) = (try await service.token("1"), try await service.token("2"))
            try await service.withHTTP2 { connection in
                let (mine, _) = try await connection.stream(ada)
                let (hers, _) = try await connection.stream(grace)
                _ = try await service.psql(
                    "select freshet.revoke_session('\(ada)'); select freshet.invalidate('{secret}', 'user/1')"
                )
                #expect(try await mine.nextEvent("goaway").json.reason == "revoked")
                // It ends; a reset would be an error here.
                #expect(try await mine.rest().isEmpty)
                _ = try await service.psql("select freshet.invalidate('{todos}', 'user/2')")
                #expect(try await hers.nextEvent("invalidate").json.tags == [["todos"]])
            }
        }
    }

    @Test func `a stream that its client resets is forgotten, and its sibling goes on`() async throws {
        try await RunningService.withService(["--max-streams-per-user", "2"]) { service in
            let token = try await service.token("1")
            try await service.withHTTP2 { connection in
                let (stays, _) = try await connection.stream(token)
                for _ in 1...5 {
                    let (goes, _) = try await connection.stream(token)
                    await goes.cancel()
                }
                _ = try await service.psql("select freshet.invalidate('{todos}', 'user/1')")
                #expect(try await stays.nextEvent("invalidate").json.tags == [["todos"]])
            }
        }
    }

    @Test func `what a closed window keeps back is merged, and the sibling hears all of it`() async throws {
        try await RunningService.withService { service in
            let token = try await service.token("1")
            try await service.withHTTP2(window: 1_024) { connection in
                let (slow, _) = try await connection.stream(token)
                let (quick, _) = try await connection.stream(token)
                try await slow.pause()
                let long = String(repeating: "x", count: 500)
                let statements = (1...100).map { "select freshet.invalidate('{\(long)/\($0)}', 'user/1');" }
                _ = try await service.psql(statements.joined(separator: "\n"))
                let all = Set((1...100).map { [EventData.Segment.text(long), .number($0)] })
                #expect(try await Self.told(quick, until: [.text(long), 100]).tags == all)
                try await slow.resume()
                let slowly = try await Self.told(slow, until: [.text(long), 100])
                #expect(slowly.tags == all)
                #expect(slowly.events < 100)
            }
        }
    }

    /// The tags of all events up to the one that has `last`.
    private static func told(
        _ stream: HTTP2Stream,
        until last: [EventData.Segment]
    ) async throws -> (tags: Set<[EventData.Segment]>, events: Int) {
        var tags: Set<[EventData.Segment]> = []
        var events = 0
        while !tags.contains(last) {
            tags.formUnion(try await stream.nextEvent("invalidate").json.tags ?? [])
            events += 1
        }
        return (tags, events)
    }

    // MARK: The end of a connection

    @Test func `a shutdown says goaway on each stream, then on the connection, and exits in order`() async throws {
        try await RunningService.withService { service in
            let token = try await service.token("1")
            try await service.withHTTP2 { connection in
                let streams = [try await connection.stream(token).0, try await connection.stream(token).0]
                service.process.terminate()
                for stream in streams {
                    #expect(try await stream.nextEvent("goaway").json.reason == "shutdown")
                    #expect(try await stream.rest().isEmpty)
                }
                // First that nothing more is to be asked, then what has been answered.
                let (first, last) = (
                    try await connection.goaways.next("the first GOAWAY"),
                    try await connection.goaways.next("the last GOAWAY")
                )
                #expect(first?.lastStream == Int(Int32.max))
                #expect(last?.lastStream == 3)
                #expect(first?.isError == false && last?.isError == false)
                try await connection.closed()
            }
            #expect(try await service.process.exit() == .code(0))
        }
    }

    @Test func `a client that reads nothing does not hold a shutdown up`() async throws {
        try await RunningService.withService { service in
            let token = try await service.token("1")
            try await service.withHTTP2 { connection in
                _ = try await connection.stream(token)
                try await connection.pause()
                service.process.terminate()
                #expect(try await service.process.exit() == .code(0))
            }
        }
    }

    @Test func `a stream whose window is closed does not hold a shutdown up`() async throws {
        try await RunningService.withService { service in
            let token = try await service.token("1")
            try await service.withHTTP2(window: 512) { connection in
                let (slow, _) = try await connection.stream(token)
                let (quick, _) = try await connection.stream(token)
                try await slow.pause()
                let long = String(repeating: "x", count: 900)
                _ = try await service.psql("select freshet.invalidate('{\(long)}', 'user/1')")
                _ = try await quick.nextEvent("invalidate")
                service.process.terminate()
                #expect(try await quick.nextEvent("goaway").json.reason == "shutdown")
                #expect(try await service.process.exit() == .code(0))
            }
        }
    }

    @Test func `a client that breaks off leaves no stream behind`() async throws {
        try await RunningService.withService { service in
            let (token, admin) = (try await service.token("1"), try await service.token("9", "is_admin => true"))
            try await service.withHTTP2 { connection in
                for _ in 1...3 { _ = try await connection.stream(token) }
            }
            try await withDeadline("the streams to be forgotten") {
                while true {
                    let status = try await service.get(RunningService.base + "/status", RunningService.bearer(admin))
                    if status.text.contains(#""streams":0"#) { break }
                }
            }
        }
    }
}

extension RunningService {
    @discardableResult
    func withHTTP2<Result>(
        window: Int = 65_535,
        trust: TLSTrust? = nil,
        _ body: (HTTP2Connection) async throws -> Result
    ) async throws -> Result {
        try await HTTP2Connection.withConnection(port: port, window: window, trust: trust, body)
    }
}

extension HTTP2Connection {
    /// A stream that has been welcomed, and the welcome.
    func stream(
        _ token: String?,
        fields: [(name: String, value: String)] = []
    ) async throws -> (HTTP2Stream, ServerSentEvent) {
        let credentials = token.map(RunningService.bearer) ?? []
        let stream = try await send(TestRequest("GET", RunningService.base + "/sse", fields: credentials + fields))
        guard stream.head.status == 200 else { throw TestFailure("no stream but \(try await stream.text())") }
        return (stream, try await stream.nextEvent("welcome"))
    }
}
