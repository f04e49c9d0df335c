import EventStream
import Hummingbird
import Invalidation
import NIOCore
import ServiceLifecycle
import Synchronization

/// The stream behind the operator's page: figures once a second, and what passes as it passes.
///
/// It tells of every scope, so it ends with its session. What is about to be written has been gathered before the
/// session is looked at; and a session that a signal means is held before anything later is published (`SessionStreams`).
/// So nothing that was committed after a logout is written to the one who has logged out.
struct OperatorFeed: Sendable {
    let seat: OperatorSeat

    /// See ``OpenEndedResponse``.
    let noticesEnd: Bool

    /// Every figure, as the data of one event.
    let figures: @Sendable () -> JSONObject

    /// How often it looks at the session, and for what has passed.
    private static let tick = Duration.milliseconds(250)

    /// How many of those there are from one `figures` to the next.
    private static let ticksOfFigures = 4

    /// How long a browser may take nothing before its connection is closed.
    private static let patience = Duration.seconds(5)

    func write(to writer: any ResponseBodyWriter, answering request: Request) async throws {
        let progress = Progress()
        try await OpenEndedResponse.write(to: writer, answering: request, noticesEnd: noticesEnd) {
            await untilStuck(progress)
        } _: { writer in
            try await tell(&writer, progress)
        }
    }

    private func tell(_ writer: inout any ResponseBodyWriter, _ progress: Progress) async throws {
        try await write(Array("retry: 1000\n\n".utf8), to: &writer, progress)
        var unsent: [UInt8] = []
        var ticks = 0
        while !Task.isCancelled {
            guard !Task.isShuttingDownGracefully else { return try await end(.shutdown, &writer, progress) }
            if unsent.isEmpty, seat.state == .good {
                unsent = gather(withFigures: ticks.isMultiple(of: Self.ticksOfFigures))
                ticks += 1
            }
            switch seat.state {
            case .held: break
            case .ended(let reason): return try await end(reason, &writer, progress)
            case .good where unsent.isEmpty: break
            case .good:
                try await write(unsent, to: &writer, progress)
                unsent = []
            }
            try await Task.sleep(for: Self.tick)
        }
    }

    private func gather(withFigures: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        if withFigures { Self.append("figures", figures(), to: &bytes) }
        let news = seat.watch.take()
        if !news.isEmpty { Self.append("passing", OperatorNews.passing(news), to: &bytes) }
        return bytes
    }

    private static func append(_ event: String, _ data: JSONObject, to bytes: inout [UInt8]) {
        // JSON as it is written here has no line end.
        bytes += Array("event: \(event)\ndata: ".utf8) + data.bytes + Array("\n\n".utf8)
    }

    private func end(
        _ reason: GoawayReason,
        _ writer: inout any ResponseBodyWriter,
        _ progress: Progress
    ) async throws {
        var data = JSONObject()
        data.set("reason", reason.rawValue)
        var bytes: [UInt8] = []
        Self.append("goaway", data, to: &bytes)
        try await write(bytes, to: &writer, progress)
        try await writer.finish(nil)
    }

    // MARK: A browser that reads nothing

    /// Since when a write has been under way.
    private final class Progress: Sendable {
        private let began = Mutex<ContinuousClock.Instant?>(nil)

        func begin() { began.withLock { $0 = .now } }

        func end() { began.withLock { $0 = nil } }

        var isStuck: Bool { began.withLock { $0.map { ContinuousClock.now - $0 > OperatorFeed.patience } ?? false } }
    }

    private func write(
        _ bytes: [UInt8],
        to writer: inout any ResponseBodyWriter,
        _ progress: Progress
    ) async throws {
        progress.begin()
        defer { progress.end() }
        try await writer.write(ByteBuffer(bytes: bytes))
    }

    /// A write waits for the browser, and would do so in a shutdown too, if nobody broke it off.
    private func untilStuck(_ progress: Progress) async {
        while !progress.isStuck, (try? await Task.sleep(for: Self.tick)) != nil {}
    }
}
