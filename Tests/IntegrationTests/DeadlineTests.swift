import Foundation
import TestSupport
import Testing

/// A client that takes its time with a request: it is sent away, and costs nobody else anything.
///
/// These wait as long as the service does, a minute at most.
@Suite(.timeLimit(.minutes(20))) struct DeadlineTests {
    private static let base = RunningService.base
    private static let patience = Duration.seconds(150)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `a body that does not come is told so, and its connection closed`() async throws {
        try await RunningService.withService { service in
            let token = try await service.token("1", "is_admin => true")
            let client = try await TCPConnection.open(port: service.port)
            try await client.send(
                "POST \(Self.base)/invalidate HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 40\r\n\r\n{\"tags\""
            )
            let answer = Self.text(try await client.rest(within: Self.patience))
            #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
            #expect(answer.contains("application/problem+json"))
        }
    }

    @Test func `a head that comes byte by byte is not waited for, and others are served meanwhile`() async throws {
        try await RunningService.withService { service in
            let token = try await service.token("1")
            let drips = try await TCPConnection.open(port: service.port)
            try await drips.send("GET \(Self.base)/sse HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            let end = Task { try await drips.rest(within: Self.patience) }
            let drip = Task {
                // It fails when the service has closed the connection.
                while !Task.isCancelled {
                    try await drips.send("a")
                    try await Task.sleep(for: .milliseconds(500))
                }
            }
            defer { drip.cancel() }
            try await service.withStream(token) { stream, _ in
                _ = try await service.psql("select freshet.invalidate('{a}', 'user/1')")
                _ = try await stream.nextEvent("invalidate")
                let answer = Self.text(try await end.value)
                #expect(!answer.contains(" 200 "), "\(answer)")
                _ = try await service.psql("select freshet.invalidate('{b}', 'user/1')")
                _ = try await stream.nextEvent("invalidate")
            }
        }
    }

    @Test func `a request for a stream whose body never ends gets no stream`() async throws {
        try await RunningService.withService { service in
            let token = try await service.token("1")
            let client = try await TCPConnection.open(port: service.port)
            try await client.send(
                "GET \(Self.base)/sse HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
            )
            let answer = Self.text(try await client.rest(within: Self.patience))
            #expect(!answer.contains(" 200 "), "\(answer)")
        }
    }

    @Test func `a connection that says nothing is closed`() async throws {
        try await RunningService.withService { service in
            let client = try await TCPConnection.open(port: service.port)
            #expect(try await client.rest(within: Self.patience).isEmpty)
        }
    }
}
