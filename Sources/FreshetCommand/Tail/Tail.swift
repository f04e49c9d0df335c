import ArgumentParser
import AsyncHTTPClient
import Foundation
import Freshet
import NIOCore
import NIOHTTP1
import NIOSSL
import ServerSentEvents
import UnixSignals

/// Follows a stream and prints it, across reconnections, until a signal or a refusal ends it.
struct Tail: Sendable {
    private let settings: TailSettings
    private let format: EventFormat

    /// How long a stream may say nothing: several heartbeats of any sensible length. Past it the connection counts as
    /// dead, which costs nothing but a reconnection if it was not.
    private static let silence = TimeAmount.minutes(3)

    init(_ settings: TailSettings) {
        self.settings = settings
        format = settings.printsJSON ? .json : .text
    }

    func run() async throws {
        // A reader that has gone (`| head`) is an error of the write, which ends us in order.
        signal(SIGPIPE, SIG_IGN)
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: Self.silence)
        )
        configuration.httpVersion = .http1Only
        if let certificates = settings.trustedCertificates {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(certificates)
            configuration.tlsConfiguration = tls
        }
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result = await untilInterrupted { try await follow(client) }
        try? await client.shutdown()
        do {
            try result.get()
        } catch let refusal as StreamRefusal {
            note(refusal.description)
            throw refusal.exitCode
        }
    }

    /// Runs `body` until it ends, or cancels it at the first SIGINT or SIGTERM.
    private func untilInterrupted(_ body: @escaping @Sendable () async throws -> Void) async -> Result<Void, any Error>
    {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return await withTaskGroup(of: Result<Void, any Error>.self) { group in
            group.addTask {
                do {
                    try await body()
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                for await _ in signals { break }
                return .success(())
            }
            defer { group.cancelAll() }
            return await group.next() ?? .success(())
        }
    }

    private func follow(_ client: HTTPClient) async throws {
        var reconnection = Reconnection()
        var lastEventID = settings.lastEventID
        var random = SystemRandomNumberGenerator()
        while true {
            let reason: String
            do {
                try await read(client, &reconnection, &lastEventID)
                reason = "The stream has ended"
            } catch let error as StreamRefusal {
                throw error
            } catch is CancellationError {
                return
            } catch is ReaderHasGone {
                return
            } catch {
                reason = StreamFailure(error, url: settings.url.text(tags: [])).description
            }
            let wait = reconnection.next(using: &random)
            let seconds = (wait / .milliseconds(100)).rounded() / 10
            note("\(reason); connecting again in \(seconds) s.")
            do { try await Task.sleep(for: wait) } catch { return }
        }
    }

    /// Reads one response to its end.
    private func read(
        _ client: HTTPClient,
        _ reconnection: inout Reconnection,
        _ lastEventID: inout String
    ) async throws {
        var request = HTTPClientRequest(url: settings.url.text(tags: settings.tags))
        request.headers.add(name: "Accept", value: "text/event-stream")
        request.headers.add(name: "Cache-Control", value: "no-store")
        request.headers.add(name: "User-Agent", value: "freshet-tail/\(Freshet.version)")
        if let token = settings.token { request.headers.add(name: "Authorization", value: "Bearer \(token.text)") }
        if !lastEventID.isEmpty { request.headers.add(name: "Last-Event-ID", value: lastEventID) }
        let response = try await client.execute(request, deadline: .distantFuture)
        try await check(response)

        var parser = EventStreamParser(lastEventID: lastEventID)
        for try await bytes in response.body {
            for item in try parser.consume(bytes.readableBytesView) {
                switch item {
                case .retry(let milliseconds): reconnection.setRetry(milliseconds: milliseconds)
                case .lastEventID: break
                case .event(let event):
                    if event.type == "welcome" { reconnection.succeed() }
                    try write(format.line(event, at: Date()), to: .standardOutput)
                }
            }
            lastEventID = parser.lastEventID
        }
    }

    private func check(_ response: HTTPClientResponse) async throws {
        let contentType = response.headers.first(name: "Content-Type")?.lowercased() ?? ""
        if response.status == .ok, contentType.hasPrefix("text/event-stream") { return }
        guard response.status.code < 500 else { throw StreamFailure.status(response.status.code) }
        let body = try? await response.body.collect(upTo: 65_536)
        throw StreamRefusal(
            status: response.status.code,
            detail: body.flatMap { StreamRefusal.detail(problem: String(buffer: $0)) },
            hasToken: settings.token != nil,
            url: settings.url.text(tags: [])
        )
    }

    private func note(_ text: String) {
        try? write("freshet tail: \(text)", to: .standardError)
    }

    private func write(_ line: String, to file: FileHandle) throws {
        do {
            try file.write(contentsOf: Data((line + "\n").utf8))
        } catch {
            throw ReaderHasGone()
        }
    }
}

/// Nobody reads our output any more.
private struct ReaderHasGone: Error {}
