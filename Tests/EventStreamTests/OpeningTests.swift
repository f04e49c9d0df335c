import EventStream
import Invalidation
import NIOCore
import NIOEmbedded
import Testing

/// What a client is told first, and how the past meets the present.
@Suite struct OpeningTests {
    private let told = #"{"user":"42","scopes":["global","user/42"],"resumed":true}"#
    private let fresh = #"{"user":"42","scopes":["global","user/42"],"resumed":false}"#

    @Test(arguments: [Framing.chunked, .untilClose])
    func `the head and a welcome come first, with a retry of one to four seconds`(framing: Framing) throws {
        let stage = try Stage()
        let client = try stage.open(user("42"), framing: framing)
        let bytes = try client.readBytes()
        let retry = try #require(bytes.firstMatch(of: /retry: (\d+)\n/)?.1)
        let block = "retry: \(retry)\nevent: welcome\nid: k3-100\ndata: \(fresh)\n\n"
        let chunk = "\(String(block.utf8.count, radix: 16))\r\n\(block)\r\n"
        #expect(bytes == "HEAD\r\n\r\n" + (framing == .chunked ? chunk : block))
        #expect((1_000...4_000).contains(try #require(Int(retry))))
    }

    @Test func `a client without a session is welcomed as nobody`() throws {
        let client = try Stage().open(LiveSession(nil))
        #expect(try client.read() == [.welcome(#"{"user":null,"scopes":["global"],"resumed":false}"#, id: "k3-100")])
    }

    @Test func `a client that comes back is told in one event what it missed, and its id moves only then`() throws {
        let stage = try Stage()
        try stage.advanced(
            [
                invalidation("a", scope: "user/42", xid: 101, origin: "x"),
                invalidation("b", scope: "user/43", xid: 102),
                invalidation("c", scope: "*", xid: 104, origin: "x"),
                invalidation("d", scope: "global", xid: 103, origin: "x"),
            ],
            to: 103
        )
        let client = try stage.open(user("42"), resume: .position(position(100)))
        #expect(
            try client.read() == [
                .welcome(told, id: "k3-100"),
                .invalidate(
                    #"{"tags":[["a"],["c"],["d"]],"scopes":["user/42","global"],"txids":["101","104","103"],"origin":"x"}"#,
                    id: "k3-103"
                ),
            ]
        )
    }

    @Test func `a client that comes back and missed nothing keeps its id until the heartbeat`() throws {
        let stage = try Stage()
        try stage.advanced([invalidation("b", scope: "user/43", xid: 101)], to: 102)
        let client = try stage.open(user("42"), resume: .position(position(100)))
        #expect(try client.read() == [.welcome(told, id: "k3-100")])
        stage.beat()
        #expect(try client.read() == [.beat(id: "k3-102")])
    }

    @Test func `a filter holds for what was missed as well`() throws {
        let stage = try Stage()
        try stage.advanced([invalidation("todo/42/notes", "other", scope: "global", xid: 101)], to: 102)
        let client = try stage.open(user("42"), filter: filter("todo/42"), resume: .position(position(100)))
        #expect(
            try client.read().last
                == .invalidate(#"{"tags":[["todo",42,"notes"]],"scopes":["global"],"txids":["101"]}"#, id: "k3-102")
        )
    }

    @Test(arguments: [("k3", 99), ("k4", 100), ("k4", 1_000)] as [(String, UInt64)])
    func `a position that the history cannot tell from is answered with a reset`(timeline: String, horizon: UInt64)
        throws
    {
        let given = try position(horizon, timeline: timeline)
        let client = try Stage().open(user("42"), resume: .position(given))
        #expect(try client.read() == [.welcome(fresh, id: given.text), .reset("history", id: "k3-100")])
    }

    @Test func `a position that is none is answered with a reset`() throws {
        let client = try Stage().open(user("42"), resume: .unknown)
        #expect(try client.read() == [.welcome(fresh, id: "k3-100"), .reset("history", id: "k3-100")])
    }

    @Test func `what is in the log counts as the past`() throws {
        let stage = try Stage(floor: 90, entries: [invalidation("a", scope: "global", xid: 95)])
        let client = try stage.open(user("42"), resume: .position(position(90)))
        #expect(
            try client.read() == [
                .welcome(told, id: "k3-90"),
                .invalidate(#"{"tags":[["a"]],"scopes":["global"],"txids":["95"]}"#, id: "k3-100"),
            ]
        )
    }

    @Test func `more than a thousand missed tags are a reset`() throws {
        let stage = try Stage()
        for xid in UInt64(101)...201 {
            let tags = try (0..<10).map { try tag("t/\(xid)/\($0)") }
            stage.advanced([Invalidation(tags: tags, scope: .global, xid: xid)], to: xid)
        }
        let client = try stage.open(user("42"), resume: .position(position(100)))
        #expect(try client.read() == [.welcome(told, id: "k3-100"), .reset("overflow", id: "k3-201")])
    }

    @Test func `a session that ended while its stream opened is told so, and nothing of the past`() throws {
        let stage = try Stage()
        try stage.advanced([invalidation("secret", scope: "user/42", xid: 101)], to: 102)
        let session = user("42")
        stage.hub.end(session, .revoked)
        let client = try stage.open(session, resume: .position(position(100)))
        let bytes = try client.readBytes()
        #expect(bytes.contains(#"event: goaway\#nid: k3-100\#ndata: {"reason":"revoked"}"#))
        #expect(!bytes.contains("secret"))
        #expect(bytes.hasSuffix("0\r\n\r\n"))
        #expect(!client.isConnected)
        stage.loop.run()
        #expect(stage.hub.census.streams == 0)
    }

    @Test func `a held session's client is welcomed and told the rest on release`() throws {
        let stage = try Stage()
        try stage.advanced([invalidation("a", scope: "user/42", xid: 101)], to: 102)
        let session = user("42")
        stage.hub.hold([session])
        stage.loop.run()
        let client = try stage.open(session, resume: .position(position(100)))
        stage.beat()
        #expect(try client.read() == [.welcome(told, id: "k3-100"), .beat(id: "k3-100")])
        stage.hub.release([session])
        stage.loop.run()
        #expect(
            try client.read() == [
                .invalidate(#"{"tags":[["a"]],"scopes":["user/42"],"txids":["101"]}"#, id: "k3-102")
            ]
        )
    }

    @Test func `a stream that opens while a new history is on its way waits for it`() throws {
        let stage = try Stage()
        stage.hub.publish(.began(position: try position(200), floor: 150, entries: []))
        let client = try stage.open(user("42"), resume: .position(position(160)))
        let stale = try stage.open(user("42"), resume: .position(position(120)))
        #expect(try client.readBytes().isEmpty)
        stage.loop.run()
        #expect(try client.read() == [.welcome(told, id: "k3-160")])
        #expect(try stale.read() == [.welcome(fresh, id: "k3-120"), .reset("history", id: "k3-200")])
    }

    @Test func `a stream that opens before anything is known waits for it`() throws {
        let stage = try Stage(begins: false)
        let client = try stage.open(user("42"))
        stage.loop.run()
        #expect(try client.readBytes().isEmpty)
        try stage.began(at: 100)
        #expect(try client.read() == [.welcome(fresh, id: "k3-100")])
    }

    @Test func `a stream whose session ends while it waits is told so when it begins`() throws {
        let stage = try Stage(begins: false)
        let session = user("42")
        let client = try stage.open(session)
        stage.hub.end(session, .expired)
        try stage.began(at: 100)
        #expect(try client.read().map(\.name) == ["welcome", "goaway"])
        #expect(!client.isConnected)
    }

    @Test func `a closed channel cannot become a stream, and is not counted`() throws {
        let stage = try Stage()
        let channel = EmbeddedChannel(loop: stage.loop)
        channel.close(promise: nil)
        stage.loop.run()
        #expect(throws: (any Error).self) { _ = try stage.open(user("42"), on: channel) }
        #expect(stage.hub.census.streams == 0)
    }

    @Test func `after shutdown a stream gets its head and a goaway`() throws {
        let stage = try Stage()
        stage.hub.shutDown()
        stage.loop.run()
        let client = try stage.open(user("42"), resume: .position(position(100)))
        let events = try client.readAll()
        #expect(client.head == "HEAD\r\n\r\n")
        #expect(events.map(\.withoutRetry) == [.goaway("shutdown", id: "k3-100")])
        #expect(events.first?.retry != nil)
        #expect(client.hasEnded)
        #expect(!client.isConnected)
    }
}
