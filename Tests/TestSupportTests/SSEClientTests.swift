import NIOCore
import TestSupport
import Testing

@Suite struct SSEClientTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    private static func chunk(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }

    @Test func `events come in order with the framing taken off`() async throws {
        try await ScriptedServer.run { server in
            let request = try await server.readRequest()
            #expect(request.hasPrefix("GET /sse?tags=a HTTP/1.1\r\nHost: 127.0.0.1:"))
            #expect(request.contains("\r\nLast-Event-ID: a-1\r\n"))
            try await server.write(Self.head + Self.chunk(": hello\n\nretry: 7\nevent: welc"))
            try await server.write(Self.chunk("ome\nid: a-2\ndata: {}\n\nid: a-3\n\n"))
            try await server.write(Self.chunk("event: invalidate\ndata: 1\n\n") + "0\r\n\r\n")
        } client: { port in
            try await SSEClient.withStream(port: port, "/sse?tags=a", fields: [("Last-Event-ID", "a-1")]) { client in
                #expect(client.head.status == 200)
                #expect(client.head["content-type"] == "text/event-stream")
                let first = try await client.next()
                #expect(first == .comment(" hello"))
                #expect(try await client.nextEvent("welcome").id == "a-2")
                #expect(try await client.nextEvent("invalidate").data == "1")
                #expect(client.lastEventID == "a-3")
                #expect(try await client.next() == nil)
                #expect(client.seen.count == 5)
            }
        }
    }

    @Test func `a refusal shows its status and its body`() async throws {
        try await ScriptedServer.run { server in
            _ = try await server.readRequest()
            try await server.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}")
        } client: { port in
            let response = try await HTTPTestClient.send(TestRequest("GET", "/sse"), port: port)
            #expect(response.status == 401)
            #expect(response.text == "{}")
        }
    }

    @Test func `a body is sent with its length`() async throws {
        try await ScriptedServer.run { server in
            let request = try await server.readRequest()
            #expect(request.contains("Content-Type: application/json\r\nContent-Length: 2\r\n"))
            try await server.write("HTTP/1.1 204 No Content\r\n\r\n")
        } client: { port in
            let response = try await HTTPTestClient.send(TestRequest("POST", "/pause", json: "{}"), port: port)
            #expect(response.status == 204)
        }
    }

    @Test func `another event than the one that is due is an error, and so is the end`() async throws {
        try await ScriptedServer.run { server in
            _ = try await server.readRequest()
            try await server.write(Self.head + Self.chunk("event: reset\ndata: 1\n\n") + "0\r\n\r\n")
        } client: { port in
            try await SSEClient.withStream(port: port, "/sse") { client in
                await #expect(throws: UnexpectedEvent.self) { try await client.nextEvent("welcome") }
                await #expect(throws: StreamEnded.self) { try await client.nextEvent("welcome") }
            }
        }
    }

    @Test func `a stream that breaks off in a chunk is an error`() async throws {
        try await ScriptedServer.run { server in
            _ = try await server.readRequest()
            try await server.write(Self.head + "5\r\nab")
        } client: { port in
            try await SSEClient.withStream(port: port, "/sse") { client in
                _ = await #expect(throws: HTTPResponseParser.Malformed.self) { try await client.rest() }
            }
        }
    }

    @Test func `silence ends in a deadline that says what was waited for`() async throws {
        let hasGivenUp = Latch()
        try await ScriptedServer.run { server in
            _ = try await server.readRequest()
            try await server.write(Self.head)
            try await hasGivenUp.wait("the client")
        } client: { port in
            try await SSEClient.withStream(port: port, "/sse") { client in
                await #expect(throws: DeadlineExceeded.self) { try await client.next(within: .milliseconds(20)) }
                hasGivenUp.open()
            }
        }
    }

    @Test func `heartbeats do not put a deadline off`() async throws {
        let hasGivenUp = Latch()
        try await ScriptedServer.run { server in
            _ = try await server.readRequest()
            try await server.write(Self.head)
            while !hasGivenUp.isOpen {
                do {
                    try await server.write(Self.chunk("id: 1\n\n: hello\n\n"))
                } catch {
                    // The last of them may find that the client has hung up.
                    guard hasGivenUp.isOpen else { throw error }
                }
            }
        } client: { port in
            try await SSEClient.withStream(port: port, "/sse") { client in
                let error = await #expect(throws: DeadlineExceeded.self) {
                    try await client.nextEvent(within: .milliseconds(50))
                }
                #expect(error?.description.contains("an event") == true)
                await #expect(throws: DeadlineExceeded.self) { try await client.rest(within: .milliseconds(50)) }
                _ = try await client.next { $0 == .position("1") }
                await #expect(throws: DeadlineExceeded.self) {
                    try await client.next(within: .milliseconds(50)) { $0 == .position("2") }
                }
                hasGivenUp.open()
                await client.connection.reset()
            }
        }
    }

    @Test func `a paused client leaves the server unable to write, and misses nothing after`() async throws {
        let isPaused = Latch()
        let hasWritten = Latch()
        let events = 100_000
        try await ScriptedServer.run { server in
            _ = try await server.readRequest()
            try await server.write(Self.head)
            try await isPaused.wait("the client to pause")
            let block = "data: \(String(repeating: "x", count: 100))\n\n"
            try await server.write(Self.chunk(String(repeating: block, count: events)) + "0\r\n\r\n")
            hasWritten.open()
        } client: { port in
            try await SSEClient.withStream(port: port, "/sse", options: .init(receiveBuffer: 4096)) { client in
                try await client.connection.pause()
                isPaused.open()
                await #expect(throws: DeadlineExceeded.self) {
                    try await hasWritten.wait("it", within: .milliseconds(50))
                }
                try await client.connection.resume()
                #expect(try await client.rest().count == events)
                #expect(hasWritten.isOpen)
            }
        }
    }

    @Test func `a reader that is far behind stops reading from the socket, and misses nothing after`() async throws {
        try await ScriptedServer.run { server in
            _ = try await server.readRequest()
            try await server.write(Self.head)
            for number in 0..<5000 { try await server.write(Self.chunk("data: \(number)\n\n")) }
            try await server.write("0\r\n\r\n")
        } client: { port in
            try await SSEClient.withStream(port: port, "/sse") { client in
                let items = try await client.rest()
                #expect(items == (0..<5000).map { .event(ServerSentEvent(data: "\($0)")) })
            }
        }
    }

    @Test func `closing is an end of file, resetting an error`() async throws {
        try await ScriptedServer.run { server in
            _ = try await server.readRequest()
            try await server.write(Self.head)
            #expect(try await server.read() == nil)
        } client: { port in
            let client = try await SSEClient.connect(port: port, "/sse")
            await client.connection.close()
        }
        try await ScriptedServer.run { server in
            _ = try await server.readRequest()
            try await server.write(Self.head)
            await #expect(throws: IOError.self) { while try await server.read() != nil {} }
        } client: { port in
            let client = try await SSEClient.connect(port: port, "/sse")
            await client.connection.reset()
        }
    }

    @Test func `the bytes can be had as they came`() async throws {
        let text = Self.head + Self.chunk("data: 1\n\n") + "0\r\n\r\n"
        try await ScriptedServer.run { server in
            _ = try await server.readRequest()
            try await server.write(text)
        } client: { port in
            try await SSEClient.withStream(port: port, "/sse", options: .init(keepsBytes: true)) { client in
                _ = try await client.rest()
                #expect(try await client.connection.receivedBytes() == Array(text.utf8))
            }
        }
    }
}
