import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SessionAuth

/// What the service asks of others. No redirect is followed: where it was told to ask is where it asks.
enum OutwardHTTP {
    /// How long an answer may take; whoever waits is told to come back.
    private static let timeLimit = TimeAmount.seconds(2)
    private static let sizeLimit = 64 << 10

    static let client: HTTPClient = {
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
        _ read: (Body) -> EndpointAnswer
    ) async -> EndpointAnswer {
        do {
            let response = try await client.execute(request, timeout: timeLimit)
            switch response.status.code {
            case 200: break
            case 401, 403: return .none
            case 408, 429, 500...: return .unanswered
            case let code: return .failed("\(request.url) answers \(code), neither 200 nor 401")
            }
            let body = try await response.body.collect(upTo: sizeLimit)
            do {
                return read(try JSONDecoder().decode(Body.self, from: Data(body.readableBytesView)))
            } catch {
                return .failed("\(request.url) answers what is not the JSON that it should be")
            }
        } catch is NIOTooManyBytesError {
            return .failed("\(request.url) answers more than \(sizeLimit) bytes")
        } catch {
            return .unanswered
        }
    }
}
