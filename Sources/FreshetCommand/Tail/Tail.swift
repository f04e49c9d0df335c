import ArgumentParser
import Foundation
import Freshet
import FreshetClient
import NIOSSL
import UnixSignals

/// Follows a stream and prints it, across reconnections, until a signal or a refusal ends it.
struct Tail: Sendable {
    private let settings: TailSettings
    private let format: EventFormat

    init(_ settings: TailSettings) {
        self.settings = settings
        format = settings.printsJSON ? .json : .text
    }

    func run() async throws {
        // A reader that has gone (`| head`) is an error of the write, which ends us in order.
        signal(SIGPIPE, SIG_IGN)
        let client = try client()
        switch await untilInterrupted({ try await follow(client) }) {
        case .success: return
        case .failure(let refusal as FreshetClient.Refusal):
            let refusal = TailRefusal(refusal, hasToken: settings.credential != nil)
            note(refusal.description)
            throw refusal.exitCode
        case .failure(let error): throw error
        }
    }

    private func client() throws -> FreshetClient {
        var configuration = FreshetClient.Configuration()
        // Several heartbeats of any sensible length. Past it the connection counts as dead, which costs nothing but a
        // reconnection if it was not.
        configuration.silence = .seconds(180)
        configuration.userAgent = "freshet-tail/\(Freshet.version)"
        // Somebody looks at us, who can close one.
        configuration.waitsForPlace = false
        #if os(Linux)
            let transport = AsyncHTTPTransport(trustedCertificates: settings.trustedCertificates)
        #else
            let certificates = try settings.trustedCertificates?.map { try $0.toDERBytes() }
            let transport = URLSessionTransport(trustedCertificates: certificates)
        #endif
        return FreshetClient(
            url: settings.url.filtered(by: settings.tags),
            credential: settings.credential ?? FreshetClient.Credential.none,
            configuration: configuration,
            transport: transport
        )
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

    private func follow(_ client: FreshetClient) async throws {
        let events = client.rawEvents(lastEventID: settings.lastEventID) { state in
            guard case .waiting(let wait, let interruption) = state else { return }
            let seconds = (wait / .milliseconds(100)).rounded() / 10
            note("\(interruption); connecting again in \(seconds) s.")
        }
        do {
            for try await event in events { try write(format.line(event, at: Date()), to: .standardOutput) }
        } catch is CancellationError {
            return
        } catch is ReaderHasGone {
            return
        }
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
