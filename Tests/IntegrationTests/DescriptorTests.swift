import TestSupport
import Testing

/// A process has only so many descriptors, and a service that has none left cannot even reach its database.
@Suite(.timeLimit(.minutes(20))) struct DescriptorTests {
    private static let request = "GET \(RunningService.base)/sse HTTP/1.1\r\nHost: x\r\n\r\n"

    /// Opens a connection, asks for a stream, and reads until it is told something or the connection ends.
    private func ask(_ service: RunningService) async throws -> (connection: TCPConnection, answer: String) {
        let connection = try await TCPConnection.open(port: service.port)
        // One that has been closed at once may refuse to be written to.
        try? await connection.send(Self.request)
        var answer = ""
        while !answer.contains("data: "), let more = try await connection.next() {
            answer += String(decoding: more, as: UTF8.self)
        }
        return (connection, answer)
    }

    @Test func `streams are sent away before the descriptors are used up, and come back when there are some`()
        async throws
    {
        // The last 50 of 400 are the service's own; the 50 before those serve requests.
        try await RunningService.withService(["--allow-anonymous"], descriptors: 400) { service in
            var streams: [TCPConnection] = []
            var sentAway = ""
            while sentAway.isEmpty, streams.count < 400 {
                let (connection, answer) = try await ask(service)
                if answer.contains("event: welcome") { streams.append(connection) } else { sentAway = answer }
            }
            // More than the soft limit would let in.
            #expect(streams.count > 200)
            #expect(sentAway.contains("event: goaway"))
            #expect(sentAway.contains(#""reason":"unavailable""#))
            #expect(sentAway.contains("retry: "))
            #expect(sentAway.lowercased().contains("connection: close"))
            try await service.process.line(containing: "Almost out of file descriptors")

            // Idle connections take those that are left for requests; then the next one is closed.
            var idle: [TCPConnection] = []
            while idle.count < 400 {
                let (connection, answer) = try await ask(service)
                if answer.isEmpty { break }
                idle.append(try await TCPConnection.open(port: service.port))
                await connection.close()
            }
            #expect((1..<100).contains(idle.count))
            #expect(try await service.psql("select freshet.invalidate('{mark}'); select 1").contains("1"))

            for connection in idle { await connection.close() }
            // Its end is heard of, and the descriptor free, when a new one is let in.
            var status = 0
            while status != 200 { status = (try? await service.get("/health/ready").status) ?? 0 }
            await streams.removeLast().close()
            await streams.removeLast().close()
            var welcome = ""
            while !welcome.contains("event: welcome") {
                let (connection, answer) = try await ask(service)
                welcome = answer
                streams.append(connection)
            }
            for connection in streams { await connection.close() }
        }
    }
}
