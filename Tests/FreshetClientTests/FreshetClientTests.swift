import Invalidation
import SeededRandom
import ServerSentEvents
import Synchronization
import Testing

import struct Invalidation.Tag

@testable import FreshetClient

@Suite(.timeLimit(.minutes(20))) struct FreshetClientTests {
    // MARK: What is asked

    @Test func `it asks for a stream with its credential, its filter and no position`() async throws {
        let stage = ClientStage(tags: [Tag("todos"), Tag("a,b", "c/d")])
        let reading = stage.read(1)
        let connection = try await stage.transport.next()
        #expect(connection.request.url == "http://service/api/sse?tags=todos&tags=a%252Cb/c%252Fd")
        #expect(connection["Accept"] == "text/event-stream")
        #expect(connection["Authorization"] == "Bearer secret")
        #expect(connection["Last-Event-ID"] == nil)
        connection.welcome()
        _ = try await reading.value
    }

    @Test func `a cookie and a position are fields of the request`() async throws {
        let stage = ClientStage(credential: .cookie(name: "session", value: "a%3B"))
        let reading = stage.read(1, of: stage.client.events(from: Position(text: "k1-9")))
        let connection = try await stage.transport.next()
        #expect(connection["Cookie"] == "session=a%3B")
        #expect(connection["Last-Event-ID"] == "k1-9")
        connection.welcome()
        _ = try await reading.value
    }

    @Test func `a token that is asked for is asked for at each connection, and again when that fails`() async throws {
        let asked = Atomic(0)
        let credential = FreshetClient.Credential.bearer {
            let count = asked.add(1, ordering: .relaxed).newValue
            if count == 2 { throw Broken() }
            return "token-\(count)"
        }
        let stage = ClientStage(credential: credential)
        let reading = stage.read(2)
        let first = try await stage.transport.next()
        #expect(first["Authorization"] == "Bearer token-1")
        first.welcome()
        first.end()
        let second = try await stage.transport.next()
        #expect(second["Authorization"] == "Bearer token-3")
        second.welcome()
        _ = try await reading.value
    }

    @Test(arguments: ["", "a b", "a\r\nX: y", "grün"])
    func `a credential that no header can carry is sent nowhere and not printed`(_ text: String) async throws {
        for credential in [FreshetClient.Credential.bearer(text), .cookie(name: "session", value: text)] {
            let stage = ClientStage(credential: credential)
            let reading = stage.read(1)
            await #expect(throws: (any Error).self) { try await reading.value }
            #expect(stage.transport.count == 0)
        }
    }

    @Test func `nothing prints a credential`() async throws {
        let stage = ClientStage(credential: .bearer("secret"))
        let reading = stage.read(1)
        let connection = try await stage.transport.next()
        var dumped = ""
        for value in [FreshetClient.Credential.bearer("secret"), .cookie(name: "a", value: "secret")] {
            dump(value, to: &dumped)
            dumped += "\(value) \(String(reflecting: value))"
        }
        dump(stage.client, to: &dumped)
        dump(connection.request, to: &dumped)
        dumped += "\(connection.request) \(String(reflecting: connection.request)) \(stage.client)"
        #expect(!dumped.contains("secret"))
        connection.welcome()
        _ = try await reading.value
    }

    // MARK: What is told

    @Test func `each event is understood, and gives the change that a cache applies`() async throws {
        let stage = ClientStage()
        let reading = stage.read(5)
        let connection = try await stage.transport.next()
        connection.welcome(id: "k1-1", resumed: false)
        connection.say("invalidate", ClientStage.invalidate("a"), id: "k1-2")
        connection.say("reset", #"{"reason":"overflow","spread":99999999}"#, id: "k1-3")
        connection.say("goaway", #"{"reason":"shutdown"}"#, id: "k1-4")
        connection.say("welcome", #"{"user":null,"scopes":["global"],"resumed":true}"#, id: "k1-5")
        let events = try await reading.value
        #expect(
            events.map(\.kind) == [
                .welcome(user: "1", scopes: [.global, .user("1")], resumed: false), .invalidate(ClientStage.change),
                .reset(.overflow), .goaway(.shutdown), .welcome(user: nil, scopes: [.global], resumed: true),
            ]
        )
        #expect(
            events.map(\.change) == [Change(reset: .history), ClientStage.change, Change(reset: .overflow), nil, nil]
        )
        #expect(events.map(\.spread) == [.zero, .milliseconds(1_500), .seconds(60), .zero, .zero])
        #expect(events.map { $0.position?.text } == ["k1-1", "k1-2", "k1-3", "k1-4", "k1-5"])
    }

    @Test func `unknown events are passed over, and unknown reasons are reasons`() async throws {
        let stage = ClientStage()
        let reading = stage.read(3)
        let connection = try await stage.transport.next()
        connection.welcome()
        connection.say("weather", #"{"rain":true}"#, id: "k1-2")
        connection.say("reset", #"{"reason":"moon"}"#, id: "k1-3")
        connection.say("goaway", #"{"why":[]}"#, id: "k1-4")
        let events = try await reading.value
        #expect(events.dropFirst().map(\.kind) == [.reset(nil), .goaway(nil)])
        #expect(events[1].change?.reset != nil)
    }

    @Test(arguments: ["", "no JSON", "[]", "{}", #"{"tags":[[]]}"#, #"{"tags":[["a",1.5]]}"#, #"{"tags":"a"}"#])
    func `an invalidation that cannot be read counts as everything`(_ data: String) async throws {
        let stage = ClientStage()
        let reading = stage.read(2)
        let connection = try await stage.transport.next()
        connection.welcome()
        connection.say("invalidate", data, id: "k1-2")
        let events = try await reading.value
        #expect(events[1].change?.reset != nil)
    }

    @Test func `bytes may be split anywhere`() async throws {
        let stage = ClientStage()
        let reading = stage.read(2)
        let connection = try await stage.transport.next()
        connection.answer()
        let text =
            "retry: 5\r\n\r\nid: k1-1\nevent: welcome\ndata: {\"user\":\"ü\",\"resumed\":true}\n\nid: k1-2\n"
            + "event: invalidate\ndata: \(ClientStage.invalidate("a"))\n\n"
        for byte in text.utf8 { connection.say(bytes: [byte]) }
        let events = try await reading.value
        #expect(events.map(\.kind).first == .welcome(user: "ü", scopes: [], resumed: true))
        #expect(events.last?.change == ClientStage.change)
    }

    @Test func `events as they came have all that was said`() async throws {
        let stage = ClientStage()
        let reading = Task { [client = stage.client] in
            var read: [ServerSentEvent] = []
            for try await event in client.rawEvents(lastEventID: "anything") {
                read.append(event)
                if read.count == 2 { break }
            }
            return read
        }
        let connection = try await stage.transport.next()
        #expect(connection["Last-Event-ID"] == "anything")
        connection.welcome()
        connection.say("weather", #"{"rain":true}"#, id: "k1-2")
        let events = try await reading.value
        #expect(events.last == ServerSentEvent(type: "weather", data: #"{"rain":true}"#, lastEventID: "k1-2"))
    }

    // MARK: A cache that follows

    @Test func `a cache that follows drops what goes stale, and everything when nobody tells it any more`() async throws
    {
        let stage = ClientStage()
        let cache = InvalidatingCache<String, String> { key in (key, [Tag(.string(key))]) }
        let following = Task { try await cache.follow(stage.client) }
        let connection = try await stage.transport.next()
        connection.welcome(resumed: true)
        await connection.waitUntilRead()
        await connection.waitUntilRead()
        for key in ["a", "b", "c"] { _ = try await cache.value(for: key) }
        connection.say("invalidate", ClientStage.invalidate("a"), id: "k1-2")
        // Asked again only when what was said before is applied.
        await connection.waitUntilRead()
        #expect(await cache.count == 2)
        connection.say("goaway", #"{"reason":"revoked"}"#, id: "k1-2")
        connection.end()
        try await stage.transport.next().refuse(401)
        await #expect(throws: FreshetClient.Refusal.self) { try await following.value }
        #expect(await cache.count == 0)
    }
}
