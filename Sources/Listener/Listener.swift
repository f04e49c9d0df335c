package import Invalidation
package import LibPQ
package import Logging
package import Metrics
import ServiceLifecycle
import Synchronization

/// PostgreSQL to invalidations: one dedicated connection that listens, proves that it does, and catches up.
///
/// The order at each connection decides that nothing is missed: LISTEN first, then one snapshot of the log, then the
/// notifications. What commits before the snapshot is in the log; what commits after LISTEN is notified; what does both
/// is told twice.
package final class Listener: Service {
    /// Notifications held while they are not taken; past it they are dropped and the log is read.
    private static let heldNotifications = 100_000

    /// Rows of the log that a poll reads at once: a few megabytes.
    private static let pollPage = 10_000

    private let database: ConnectionInfo
    private let heartbeat: Duration
    private let pollInterval: Duration
    private let historyLimit: Int
    private let logger: Logger
    private let relay: Relay
    private let current = Mutex(ListenerStatus())
    private let pulse = Mutex(Pulse())
    private let roundTrips: Timer

    /// - Parameters:
    ///   - heartbeat: the interval of the round trip; without one for three of them the connection is dropped.
    ///   - pollInterval: how often the log is read while delivery is `poll`.
    ///   - publish: given what was heard, in order, by one task at a time.
    ///   - signal: given the words about sessions, in the same order as `publish`.
    package init(
        database: ConnectionInfo,
        heartbeat: Duration,
        pollInterval: Duration,
        historyLimit: Int,
        logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        publish: @escaping @Sendable (Feed) -> Void,
        signal: @escaping @Sendable (SessionSignal) -> Void
    ) {
        self.database = database
        self.heartbeat = heartbeat
        self.pollInterval = pollInterval
        self.historyLimit = historyLimit
        self.logger = logger
        roundTrips = Timer(label: "freshet_round_trip_seconds", factory: metrics)
        let invalidations = Counter(label: "freshet_invalidations_total", factory: metrics)
        relay = Relay(publish: publish, signal: signal, invalidations: invalidations)
    }

    package var status: ListenerStatus { current.withLock { $0 } }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var backoff = Backoff()
            var isKnownAway = false
            while !Task.isCancelled {
                do {
                    try await Connection.withConnection(self.database) { try await self.follow($0) }
                } catch {
                    if Task.isCancelled { return }
                    if self.didLose(error, isKnownAway: isKnownAway) { backoff.reset() }
                    isKnownAway = true
                    try? await Task.sleep(for: backoff.next())
                }
            }
        }
    }

    /// - Returns: whether the connection had been live, so that the next attempt need not wait.
    private func didLose(_ error: any Error, isKnownAway: Bool) -> Bool {
        let phase = current.withLock { status in
            defer { status.phase = .connecting }
            if status.phase != .connecting { status.reconnects += 1 }
            return status.phase
        }
        if phase == .live || !isKnownAway {
            logger.warning("The listener has no connection; trying again.", metadata: ["error": "\(error)"])
        }
        return phase == .live
    }

    /// Listens on one connection until it is lost.
    private func follow(_ connection: Connection) async throws {
        try await connection.set(SessionParameters.patient)
        try await connection.withNotifications(on: "freshet", limit: Self.heldNotifications) { notifications in
            self.current.withLock { $0.phase = .catchingUp }
            try await self.catchUp(connection)
            self.pulse.withLock { $0 = Pulse(at: .now) }
            let settings = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask(executorPreference: connection.taskExecutor) {
                    try await self.consume(notifications, of: connection, settings: settings.continuation)
                }
                group.addTask { try await self.poll(on: connection, settings: settings.stream) }
                group.addTask { try await self.beat(on: connection) }
                group.addTask { try await self.watch(connection) }
                do {
                    try await group.next()
                } catch {
                    // Whoever waited for the connection is told that it was closed, but not why.
                    throw self.pulse.withLock(\.silence) ?? error
                }
            }
        }
    }

    private func catchUp(_ connection: Connection) async throws {
        let log = DatabaseLog(connection: connection, limit: historyLimit)
        let state = try await log.attach(after: relay.needed)
        current.withLock { $0.isPolling = state.polled }
        switch await relay.attach(state) {
        case .began(let position, _, let entries):
            logger.info(
                "The stream begins.",
                metadata: ["position": "\(position)", "log": "\(entries.count)"]
            )
        case .advanced(let missed, _):
            logger.info("The stream goes on.", metadata: ["missed": "\(missed.count)"])
        case .controlled: break
        }
    }

    private func consume(
        _ notifications: Notifications,
        of connection: Connection,
        settings: AsyncStream<Void>.Continuation
    ) async throws {
        for try await element in notifications {
            guard case .notifications(let batch) = element else { throw ListenerError.overflow }
            var payloads = batch.map(\.payload)[...]
            // What comes behind the word holds for the controls as they are by then, so they are looked at between. Once
            // for all words of a batch: all of it was committed before.
            if let word = payloads.firstIndex(where: Controls.isDoorbell) {
                try await hear(payloads[..<word], settings)
                await relay.obey(try await Controls.read(on: connection))
                payloads = payloads[(word + 1)...]
            }
            try await hear(payloads, settings)
        }
    }

    private func hear(_ payloads: ArraySlice<String>, _ settings: AsyncStream<Void>.Continuation) async throws {
        for effect in await relay.hear(payloads) {
            switch effect {
            case .roundTrip: didReturn()
            case .settingsChanged: settings.yield()
            case .skipped(let fault): note(fault)
            case .overflow: throw ListenerError.overflow
            case .publish, .signal: break
            }
        }
    }

    // MARK: The log

    /// Reads from the log what is left to it, at every interval; waits for a change of the settings while nothing is.
    private func poll(on connection: Connection, settings: AsyncStream<Void>) async throws {
        let log = LogPoll(connection: connection, pageSize: Self.pollPage)
        try await log.prepare()
        var changes = settings.makeAsyncIterator()
        while true {
            guard let request = await relay.request else {
                await changes.next()
                try Task.checkCancellation()
                continue
            }
            var rows = 0
            try await log.read(request) { page in
                rows += page.entries.count
                noteDelivery(page)
                if await !relay.obeys(page.controls) { await relay.obey(try await Controls.read(on: connection)) }
                for case .skipped(let fault) in try await relay.take(page, of: request) { note(fault) }
            }
            current.withLock { status in
                status.polledRows += rows
                status.largestPoll = max(status.largestPoll, rows)
            }
            try await Task.sleep(for: pollInterval)
        }
    }

    private func noteDelivery(_ page: LogPage) {
        let hasChanged = current.withLock { status in
            defer { status.isPolling = page.polled }
            return status.isPolling != page.polled
        }
        guard hasChanged else { return }
        logger.info("The delivery was switched.", metadata: ["delivery": page.polled ? "poll" : "notify"])
    }

    // MARK: The heartbeat

    private struct Pulse {
        var at = ContinuousClock.now
        var sent: ContinuousClock.Instant?

        /// Why the connection is being closed, where that is for want of a heartbeat.
        var silence: ListenerError?
    }

    /// Sends the heartbeat at every interval, the first at once.
    private func beat(on connection: Connection) async throws {
        while true {
            let nonce = String(UInt64.random(in: .min ... .max), radix: 16)
            await relay.willBeat(nonce)
            pulse.withLock { $0.sent = .now }
            _ = try await connection.query("select freshet.beat($1)", [.text(nonce)])
            try await Task.sleep(for: heartbeat)
        }
    }

    private func didReturn() {
        let now = ContinuousClock.now
        let taken = pulse.withLock { pulse in
            pulse.at = now
            defer { pulse.sent = nil }
            return pulse.sent.map { now - $0 }
        }
        let becameLive = current.withLock { status in
            defer { status.phase = .live }
            status.confirmed = now
            if let taken { status.roundTripMilliseconds = taken / .milliseconds(1) }
            return status.phase != .live
        }
        if let taken { roundTrips.recordNanoseconds(Int64(taken / .nanoseconds(1))) }
        if becameLive { logger.info("The listener is live.") }
    }

    /// Closes a connection whose heartbeat does not come back: a half-open one never fails by itself.
    private func watch(_ connection: Connection) async throws {
        while true {
            try await Task.sleep(for: heartbeat / 4)
            let silence = pulse.withLock { ContinuousClock.now - $0.at }
            guard silence > heartbeat * 3 else { continue }
            let reason = ListenerError.silent(silence)
            pulse.withLock { $0.silence = reason }
            await connection.close()
            throw reason
        }
    }

    /// Counts a bad payload; the first of each kind is logged.
    private func note(_ fault: Payload.Fault) {
        let count = current.withLock { status in
            status.badPayloads[fault.kind, default: 0] += 1
            return status.badPayloads[fault.kind]
        }
        guard count == 1 else { return }
        logger.warning(
            "A notification was skipped; more of this kind are only counted.",
            metadata: ["fault": "\(fault)"]
        )
    }
}
