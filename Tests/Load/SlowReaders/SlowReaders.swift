import LibPQ
import NIOCore
import NIOPosix
import TestSupport

/// Streams that read a byte a second beside quick ones, under a steady rate of invalidations.
///
/// The quick ones must hear each; the service must not grow; the slow ones, read out at the end, must have been told of
/// everything or to `reset`.
package struct SlowReaders: Sendable {
    package var slow: Int
    package var quick: Int
    package var duration: Duration

    /// Invalidations a second.
    package var rate: Int
    package var service: String

    package init(
        slow: Int,
        quick: Int,
        duration: Duration,
        rate: Int = 200,
        service: String = ServiceProcess.freshet
    ) {
        self.slow = slow
        self.quick = quick
        self.duration = duration
        self.rate = rate
        self.service = service
    }

    /// What the service may grow by while the slow ones do not read, in kilobytes: each may have a thousand tags pending
    /// (CONTRACT.md §5), and the history grows by what is published. At full length a queue a stream would be five times
    /// that; a short run is too short to tell.
    private var allowance: Int { 8 * 1024 + slow * 64 + Int(duration / .seconds(1)) * rate / 2 }

    /// - Parameter say: is told every second how it goes.
    package func run(_ say: @escaping @Sendable (String) -> Void = { _ in }) async throws -> Report {
        let arguments = ["--heartbeat", "1s", "--max-streams-per-user", "\(slow + quick)"]
        return try await LoadedService.withService(service, arguments) { service in
            try await Connection.withConnection(try ConnectionInfo(service.conninfo)) { connection in
                let publisher = Publisher(connection, rate: rate)
                let audience = try await audience(of: service, publisher)
                defer { audience.eventLoop.execute { audience.value.leave() } }
                return try await run(service, publisher, audience, say)
            }
        }
    }

    private func audience(of service: LoadedService, _ publisher: Publisher) async throws -> NIOLoopBound<Audience> {
        let token = try await service.token("reader")
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        return try await loop.submit {
            let audience = Audience(loop: loop, port: service.port, token: token, instant: publisher.instant)
            return NIOLoopBound(audience, eventLoop: loop)
        }.get()
    }

    private func run(
        _ service: LoadedService,
        _ publisher: Publisher,
        _ audience: NIOLoopBound<Audience>,
        _ say: @escaping @Sendable (String) -> Void
    ) async throws -> Report {
        var report = Report()
        try await audience.wait { [quick] in $0.add(quick, .quick) }
        try await service.wait(forStreams: quick)
        try await publisher.publish(for: duration / 6) { say("\($0) invalidations before the slow ones come") }
        let alone = try await latencies(audience, publisher)

        try await audience.wait { [slow] in $0.add(slow, .slow) }
        try await service.wait(forStreams: slow + quick)
        let before = service.gauge?.kilobytes
        var most = before
        try await publisher.publish(for: duration) { published in
            most = service.gauge.map { max(most ?? 0, $0.kilobytes) }
            say("\(published) invalidations; the service has \(most.map { "\($0 / 1024) MB" } ?? "no figures") at most")
        }
        let beside = try await latencies(audience, publisher)
        report.lines.append("quick alone:       \(alone)")
        report.lines.append("beside slow ones:  \(beside)")
        if let before, let most {
            report.lines.append(
                "memory: \(before) KB before, at most \(most - before) KB more, \(allowance) KB allowed"
            )
            if most > before + allowance {
                report.findings.append("the service grew from \(before) KB to \(most) KB, more than \(allowance) KB")
            }
        }

        let transactions = publisher.transactions
        try await audience.wait { audience in
            audience.letGo()
            return audience.catchUp(.slow, to: publisher.horizon)
        }
        let judgement = try await audience.ask { Judgement($0, transactions: transactions) }
        report.lines += judgement.lines
        report.findings += judgement.findings
        return report
    }

    /// Of all that the quick ones have been told since they were last asked.
    private func latencies(_ audience: NIOLoopBound<Audience>, _ publisher: Publisher) async throws -> Latencies {
        try await audience.wait { $0.catchUp(.quick, to: publisher.horizon) }
        return try await audience.ask { $0.takeLatencies() }
    }
}
