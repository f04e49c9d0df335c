import Invalidation
import SeededRandom
import ServerSentEvents
import Synchronization
import Testing

import struct Invalidation.Tag

@testable import FreshetClient

/// Where a client resumes, when it comes back, and how it ends.
@Suite(.timeLimit(.minutes(20))) struct FreshetClientReconnectionTests {
    // MARK: Where it resumes

    @Test func `it resumes after what was given and asked beyond, also by ids without an event`() async throws {
        let stage = ClientStage()
        var events = stage.client.events().makeAsyncIterator()
        // The iterator is asked here, in the order of the lines.
        async let played: Void = {
            let first = try await stage.transport.next()
            first.welcome(id: "k1-1")
            first.say("invalidate", ClientStage.invalidate("a"), id: "k1-2")
            first.say("id: k1-3\n\n")
            first.say("weather", "{}", id: "k1-4")
            first.say("id: k1-5\n\nid: k1-6\ndata: an event without an end\n")
            first.end()
            let second = try await stage.transport.next()
            #expect(second["Last-Event-ID"] == "k1-5")
            second.welcome(id: "k1-5")
        }()
        for kind in ["welcome", "invalidate", "welcome"] {
            let event = try #require(try await events.next())
            #expect("\(event.kind)".hasPrefix(kind))
        }
        try await played
    }

    @Test func `an event that the caller has not gone beyond is asked for again`() {
        var progress = StreamProgress(lastEventID: "k1-0")
        let text = "id: k1-1\ndata: a\n\nid: k1-2\n\nid: k1-3\ndata: b\n\n"
        #expect(throws: Never.self) { try progress.read(Array(text.utf8)) }
        _ = progress.next()
        #expect(progress.reached == "k1-0")
        progress.confirm()
        #expect(progress.reached == "k1-1")
        _ = progress.next()
        #expect(progress.reached == "k1-2")
        progress.begin()
        progress.confirm()
        #expect(progress.reached == "k1-3")
    }

    // MARK: When it comes back

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `attempts that fail are further and further apart, and a welcome begins anew`(_ seed: UInt64) async throws {
        let stage = ClientStage(seed: seed)
        let reading = stage.read(2)
        for _ in 0..<7 { try await stage.transport.next().fail(beforeAnswering: Broken()) }
        let connection = try await stage.transport.next()
        connection.welcome()
        connection.fail(Broken())
        try await stage.transport.next().welcome()
        _ = try await reading.value
        #expect(stage.pauses.all.count == 8)
        for (seconds, pause) in zip([1, 2, 4, 8, 16, 30, 30, 1], stage.pauses.all) {
            #expect(pause >= .seconds(seconds) && pause <= .seconds(seconds) * 1.5)
        }
    }

    @Test func `it waits as long as the service says at least`() async throws {
        let stage = ClientStage()
        let reading = stage.read(2)
        let connection = try await stage.transport.next()
        connection.welcome()
        connection.say("retry: 7000\n")
        connection.end()
        try await stage.transport.next().welcome()
        _ = try await reading.value
        #expect(stage.pauses.all.count == 1)
        #expect(stage.pauses.all.allSatisfy { $0 >= .seconds(7) && $0 <= .seconds(7) * 1.5 })
    }

    @Test(arguments: [429, 503]) func `Retry-After is waited for`(_ status: Int) async throws {
        let stage = ClientStage()
        let reading = stage.read(1)
        let refusing = try await stage.transport.next()
        refusing.answer(status, [("Retry-After", "20")])
        await refusing.waitUntilClosed()
        try await stage.transport.next().answer(status, [("Retry-After", "soon")])
        try await stage.transport.next().welcome()
        _ = try await reading.value
        let pauses = stage.pauses.all
        #expect(pauses.count == 2)
        #expect(pauses[0] >= .seconds(20) && pauses[0] <= .seconds(30))
        #expect(pauses[1] >= .seconds(2) && pauses[1] <= .seconds(3))
    }

    @Test func `a silent connection counts as dead, before the answer and after it`() async throws {
        let stage = ClientStage { $0.silence = .milliseconds(20) }
        let reading = stage.read(2)
        let silent = try await stage.transport.next()
        await silent.waitUntilClosed()
        // Each says a welcome, and then nothing; on a busy machine even that may come too late.
        let playing = Task { while let connection = try? await stage.transport.next() { connection.welcome() } }
        let events = try await reading.value
        #expect(events.count == 2)
        playing.cancel()
    }

    @Test func `who shows where it stands is told each change`() async throws {
        let stage = ClientStage()
        let states = Mutex<[FreshetClient.State]>([])
        let events = stage.client.events { state in states.withLock { $0.append(state) } }
        let reading = stage.read(2, of: events)
        try await stage.transport.next().fail(beforeAnswering: Broken())
        try await stage.transport.next().answer(502, [])
        let connection = try await stage.transport.next()
        connection.welcome()
        connection.end()
        try await stage.transport.next().welcome()
        _ = try await reading.value
        let pauses = stage.pauses.all
        #expect(pauses.count == 3)
        let lost = FreshetClient.Interruption.lost(url: "http://service/api/sse", reason: "the wire was cut")
        let expected: [FreshetClient.State] = [
            .connecting, .waiting(pauses[0], lost), .connecting, .waiting(pauses[1], .unavailable(status: 502)),
            .connecting, .live, .waiting(pauses[2], .ended), .connecting, .live,
        ]
        #expect(states.withLock { $0 } == expected)
    }

    // MARK: How it ends

    @Test(arguments: [401, 403, 404, 400, 301])
    func `a refusal ends it with what the service says`(_ status: Int) async throws {
        let stage = ClientStage()
        let reading = stage.read(1)
        let connection = try await stage.transport.next()
        connection.answer(status, [("Content-Type", "application/problem+json")])
        connection.say(#"{"title":"x","#)
        connection.say(#""detail":"Not you."}"#)
        connection.end()
        let refusal = FreshetClient.Refusal(status: status, detail: "Not you.", url: "http://service/api/sse")
        await #expect(throws: refusal) { try await reading.value }
        await connection.waitUntilClosed()
        #expect("\(refusal)".contains("\(status)"))
        #expect(stage.transport.count == 1)
    }

    @Test func `what is no event stream ends it`() async throws {
        let stage = ClientStage()
        let reading = stage.read(1)
        let connection = try await stage.transport.next()
        connection.answer(200, [("Content-Type", "text/html")])
        connection.say("<html>")
        connection.end()
        await #expect(throws: FreshetClient.Refusal(status: 200, url: "http://service/api/sse")) {
            try await reading.value
        }
    }

    @Test func `a session that is revoked ends it with 401`() async throws {
        let stage = ClientStage()
        let reading = stage.read(3)
        let connection = try await stage.transport.next()
        connection.welcome()
        connection.say("goaway", #"{"reason":"revoked"}"#, id: "k1-2")
        connection.end()
        try await stage.transport.next().refuse(401)
        let refused = await #expect(throws: FreshetClient.Refusal.self) { try await reading.value }
        #expect(refused?.status == 401)
    }

    @Test func `who would rather not wait for a place is refused`() async throws {
        let stage = ClientStage { $0.waitsForPlace = false }
        let reading = stage.read(1)
        let connection = try await stage.transport.next()
        connection.answer(429, [("Retry-After", "20")])
        connection.end()
        let refused = await #expect(throws: FreshetClient.Refusal.self) { try await reading.value }
        #expect(refused?.status == 429)
    }

    @Test func `a token that is refused where it is asked for ends it`() async throws {
        let stage = ClientStage(credential: .bearer { throw FreshetClient.Refusal(status: 401) })
        let reading = stage.read(1)
        await #expect(throws: FreshetClient.Refusal(status: 401)) { try await reading.value }
    }

    @Test(arguments: ["before the answer", "while it reads", "at a break"])
    func `the end of the iteration closes the connection`(_ when: String) async throws {
        let stage = ClientStage()
        let reading = stage.read(when == "at a break" ? 1 : 2)
        let connection = try await stage.transport.next()
        if when != "before the answer" { connection.welcome() }
        if when == "while it reads" {
            await connection.waitUntilRead()
            await connection.waitUntilRead()
        }
        if when == "at a break" {
            _ = try await reading.value
        } else {
            reading.cancel()
            await #expect(throws: CancellationError.self) { try await reading.value }
        }
        await connection.waitUntilClosed()
        #expect(stage.transport.count == 1)
    }

    @Test func `after an error there is nothing more`() async throws {
        let stage = ClientStage()
        var events = stage.client.events().makeAsyncIterator()
        async let played: Void = stage.transport.next().refuse(404)
        await #expect(throws: FreshetClient.Refusal.self) { try await events.next() }
        try await played
        let next = try await events.next()
        #expect(next == nil)
    }
}
