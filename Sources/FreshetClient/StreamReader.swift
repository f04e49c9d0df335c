import Logging
import ServerSentEvents

/// Reads one stream through as many connections as it takes, for one iteration.
///
/// It reads when it is asked, and then no more than one piece of the response ahead; ``StreamProgress`` says what the
/// next connection resumes from, and ``Reconnection`` when that is made.
final class StreamReader {
    private let client: FreshetClient
    private let onStateChange: (@Sendable (FreshetClient.State) -> Void)?
    private var progress: StreamProgress
    private var reconnection = Reconnection()
    private var random: any RandomNumberGenerator & Sendable
    private var body: (any TransportBody)?
    private var isOver = false

    /// How much of a refusal is read for what it says.
    private static let longestProblem = 65_536

    /// The service answers with a status that says nothing about who asks.
    private struct Unavailable: Error {
        let status: Int
        let retryAfter: Duration
    }

    init(_ client: FreshetClient, lastEventID: String, _ onStateChange: (@Sendable (FreshetClient.State) -> Void)?) {
        self.client = client
        self.onStateChange = onStateChange
        progress = StreamProgress(lastEventID: lastEventID)
        random = client.timing.random
    }

    /// At a `break` nobody else would.
    deinit { body?.close() }

    /// The next event; nil after an error.
    func next(isolation: isolated (any Actor)?) async throws -> ServerSentEvent? {
        guard !isOver else { return nil }
        progress.confirm()
        do {
            while true {
                while let item = progress.next() {
                    switch item {
                    case .event(let event):
                        if event.type == "welcome" { isWelcome() }
                        return event
                    case .retry(let milliseconds): reconnection.setRetry(milliseconds: milliseconds)
                    case .lastEventID: break
                    }
                }
                try Task.checkCancellation()
                try await advance(isolation: isolation)
            }
        } catch {
            isOver = true
            disconnect()
            throw error
        }
    }

    private func isWelcome() {
        reconnection.succeed()
        report(.live)
    }

    /// Connects, or reads the next piece; where that fails, waits before the next attempt.
    private func advance(isolation: isolated (any Actor)?) async throws {
        let interruption: FreshetClient.Interruption
        var least = Duration.zero
        do {
            guard let body else { return try await connect(isolation: isolation) }
            if let bytes = try await read(body, isolation: isolation) { return try progress.read(bytes) }
            interruption = .ended
        } catch let refusal as FreshetClient.Refusal {
            throw refusal
        } catch let unusable as FreshetClient.Credential.Unusable {
            throw unusable
        } catch {
            if Task.isCancelled { throw CancellationError() }
            if let unavailable = error as? Unavailable {
                interruption = .unavailable(status: unavailable.status)
                least = unavailable.retryAfter
            } else {
                interruption = .lost(url: client.url.withoutQuery, reason: Self.reason(error))
            }
        }
        disconnect()
        let wait = reconnection.next(atLeast: least, using: &random)
        report(.waiting(wait, interruption))
        try await client.timing.pause(wait)
    }

    private static func reason(_ error: any Error) -> String {
        error is SilenceWatch.Silence ? "it has gone silent" : "\(error)"
    }

    private func read(_ body: any TransportBody, isolation: isolated (any Actor)?) async throws -> [UInt8]? {
        try await SilenceWatch.run(limit: client.configuration.silence, isolation: isolation) {
            try await body.next()
        } end: {
            body.close()
        }
    }

    private func disconnect() {
        body?.close()
        body = nil
    }

    // MARK: Connecting

    private func connect(isolation: isolated (any Actor)?) async throws {
        report(.connecting)
        let request = try await request(isolation: isolation)
        let transport = client.transport
        // A task of its own, which can be ended where the service never answers.
        let attempt = Task {
            let response = try await transport.connect(request)
            guard Task.isCancelled else { return response }
            response.body.close()
            throw CancellationError()
        }
        let response = try await SilenceWatch.run(limit: client.configuration.silence, isolation: isolation) {
            try await attempt.value
        } end: {
            attempt.cancel()
        }
        body = response.body
        if response.status == 200, response["Content-Type"]?.lowercased().hasPrefix("text/event-stream") == true {
            return progress.begin()
        }
        guard !isPassing(response.status) else {
            throw Unavailable(status: response.status, retryAfter: Self.seconds(response["Retry-After"]))
        }
        throw FreshetClient.Refusal(
            status: response.status,
            detail: try await problem(response.body, isolation: isolation),
            url: client.url.withoutQuery
        )
    }

    private func request(isolation: isolated (any Actor)?) async throws -> TransportRequest {
        var fields = [
            (name: "Accept", value: "text/event-stream"), (name: "Cache-Control", value: "no-store"),
            (name: "User-Agent", value: client.configuration.userAgent),
        ]
        if let field = try await client.credential.field() { fields.append(field) }
        // An id is text from the stream; what no header can carry cannot be resumed from, and is answered with a reset.
        if FreshetClient.Credential.isFieldValue(progress.reached) {
            fields.append((name: "Last-Event-ID", value: progress.reached))
        }
        return TransportRequest(url: client.url.text, fields: fields)
    }

    /// Whether to ask again later. A service says 429 of a user with too many streams, and of an address that guesses.
    private func isPassing(_ status: Int) -> Bool {
        switch status {
        case 408, 425, 500...: true
        case 429: client.configuration.waitsForPlace
        default: false
        }
    }

    /// A number of seconds (RFC 9110 §10.2.3); a date counts as nothing.
    private static func seconds(_ field: String?) -> Duration {
        field.flatMap { UInt32($0) }.map { .seconds(Int64($0)) } ?? .zero
    }

    private func problem(_ body: any TransportBody, isolation: isolated (any Actor)?) async throws -> String? {
        var text: [UInt8] = []
        do {
            while let bytes = try await read(body, isolation: isolation) {
                text += bytes
                guard text.count <= Self.longestProblem else { return nil }
            }
        } catch {
            // The status is known, whatever has become of the rest.
            return nil
        }
        return FreshetClient.Refusal.detail(problem: text)
    }

    private func report(_ state: FreshetClient.State) {
        switch state {
        case .connecting: client.logger.debug("Connecting to \(client.url.withoutQuery).")
        case .live: client.logger.debug("The stream is live.")
        case .waiting(let wait, let interruption): client.logger.debug("\(interruption); connecting again in \(wait).")
        }
        onStateChange?(state)
    }
}
