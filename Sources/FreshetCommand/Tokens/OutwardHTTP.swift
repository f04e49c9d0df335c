import AsyncHTTPClient
import Foundation
import Freshet
import NIOCore
import NIOHTTP1

/// What the service asks of others. No redirect is followed: where it was told to ask is where it asks.
enum OutwardHTTP {
    /// How long an answer may take; whoever waits is told to come back.
    private static let timeLimit = Duration.seconds(2)
    private static let sizeLimit = 64 << 10

    /// The rest of an answer may stall as well as its beginning.
    struct TooSlow: Error {}

    /// The whole of an answer's body, within a time that the head and the body share.
    static func read(
        _ request: HTTPClientRequest,
        within limit: Duration,
        upTo size: Int
    ) async throws -> (status: HTTPResponseStatus, body: ByteBuffer) {
        try await withThrowingTaskGroup(of: (HTTPResponseStatus, ByteBuffer).self) { group in
            group.addTask {
                let response = try await client.execute(request, timeout: TimeAmount(limit))
                // What is no answer to read need not be read.
                guard response.status == .ok else { return (response.status, ByteBuffer()) }
                return (response.status, try await response.body.collect(upTo: size))
            }
            group.addTask {
                try await Task.sleep(for: limit)
                throw TooSlow()
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw TooSlow() }
            return answer
        }
    }

    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(2)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Asks who a credential is, and reads the answer.
    ///
    /// A refusal is an answer; that the server is busy or broken is none. Nothing that was asked shows in an error.
    static func ask<Body: Decodable>(
        _ request: HTTPClientRequest,
        _ read: (Body) -> SessionAnswer
    ) async throws(EndpointFailure) -> SessionAnswer {
        let answer: (status: HTTPResponseStatus, body: ByteBuffer)
        do {
            answer = try await Self.read(request, within: timeLimit, upTo: sizeLimit)
        } catch is NIOTooManyBytesError {
            throw EndpointFailure("\(name(of: request)) answers more than \(sizeLimit) bytes")
        } catch {
            return .unavailable
        }
        switch answer.status.code {
        case 200: break
        case 401, 403: return .unauthorized
        case 408, 429, 500...: return .unavailable
        case let code: throw EndpointFailure("\(name(of: request)) answers \(code), neither 200 nor 401")
        }
        do {
            return read(try JSONDecoder().decode(Body.self, from: Data(answer.body.readableBytesView)))
        } catch {
            throw EndpointFailure("\(name(of: request)) answers what is not the JSON that it should be")
        }
    }

    /// Without what may be a secret in it: a password, or a query.
    private static func name(of request: HTTPClientRequest) -> String {
        guard let url = URL(string: request.url) else { return "the address" }
        return "\(url.scheme ?? "")://\(url.host() ?? "")\(url.path())"
    }

    /// Whether nobody on the way can read, or answer: an https address, or one of this machine.
    static func isPrivate(_ url: URL) -> Bool {
        let isOwnMachine = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(url.host() ?? "")
        return url.scheme == "https" || url.scheme == "http" && isOwnMachine
    }
}
