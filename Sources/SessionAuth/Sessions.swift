package import Invalidation
package import LibPQ
package import Logging
package import Metrics
import ServiceLifecycle
import Synchronization
import TokenFormats

/// Who is asking: looks credentials up, and keeps looking as long as they have streams (CONTRACT.md §6).
///
/// Whoever waits shares round trips: while one is under way the next batch gathers. No task waits for an answer; it is
/// handed to a closure.
package final class Sessions: Service {
    private let queue = Mutex(SessionQueue())
    private let streams: any SessionStreams
    private let database: ConnectionInfo
    private let configuration: SessionsConfiguration
    private let logger: Logger
    private let doorbell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation
    private let metrics: LookupMetrics

    /// Told of each API key that was used.
    package let keyUse: KeyUse

    package init(
        database: ConnectionInfo,
        streams: any SessionStreams,
        configuration: SessionsConfiguration,
        logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        self.metrics = LookupMetrics(metrics)
        keyUse = KeyUse(database: database, logger: logger)
        self.database = database
        self.streams = streams
        self.configuration = configuration
        self.logger = logger
        (doorbell, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Looks a credential up and counts one holder of its session.
    ///
    /// - Parameter answer: called once, on no particular thread, after at most the statement timeout.
    package func authenticate(_ credential: Credential, answer: @escaping @Sendable (Authentication) -> Void) {
        settle(configuration.tokens.read(credential), SessionKey(credential), answer)
    }

    private func settle(
        _ reading: TokenReader.Reading,
        _ key: SessionKey,
        _ answer: @escaping @Sendable (Authentication) -> Void
    ) {
        switch reading {
        case .claim(let claim): enqueue(SessionQueue.Arrival(key: key, claim: claim, answer: answer))
        case .refused: answer(.refused)
        case .unavailable: answer(.unavailable)
        case .later(let read): Task { settle(await read(), key, answer) }
        }
    }

    private func enqueue(_ arrival: SessionQueue.Arrival) {
        guard queue.withLock({ $0.append(arrival) }) else {
            metrics.didFail(.unreachable)
            return arrival.answer(.unavailable)
        }
        ring.yield()
    }

    /// Looks a credential up for one request.
    package func authenticate(_ credential: Credential) async -> Authentication {
        await withCheckedContinuation { continuation in
            authenticate(credential) { continuation.resume(returning: $0) }
        }
    }

    /// Whether the credential is that of a session which has been given out and not given back.
    package func knows(_ credential: Credential) -> Bool {
        let key = SessionKey(credential)
        return queue.withLock { $0.directory.has(key) }
    }

    /// Gives a session back, once for each time that it was given out.
    package func release(_ session: LiveSession) {
        queue.withLock { $0.directory.leave(session) }
    }

    /// Holds the streams of the sessions that a signal means, until they have been checked.
    ///
    /// What is published after this call returns reaches none of them before that.
    package func hear(_ signal: SessionSignal) {
        // The hub is told under the lock, and does not wait: what it is told is in the order in which it was decided. A release
        // that was decided before this must not come to it after.
        let hasSuspects = queue.withLock { queue in
            let suspects = queue.hear(signal)
            if !suspects.isEmpty { streams.hold(suspects) }
            return !suspects.isEmpty
        }
        if hasSuspects { ring.yield() }
    }

    /// How many sessions have streams.
    package var count: Int { queue.withLock(\.directory.count) }

    /// Whether the database answers lookups; while it does not, nobody waits for one.
    package var isReachable: Bool { queue.withLock(\.isReachable) }

    // MARK: The service

    package func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.answer() }
            group.addTask { await self.watchTheClock() }
            try? await gracefulShutdown()
            group.cancelAll()
        }
        for arrival in queue.withLock({ $0.becomeUnreachable() }) { arrival.answer(.unavailable) }
    }

    /// Connects, answers until the connection is lost, and begins anew.
    private func answer() async {
        // Short: whoever comes while it waits is sent away for seconds.
        var backoff = Backoff(cap: .seconds(1))
        var awaySince = ContinuousClock.now
        var isAway = false
        while !Task.isCancelled {
            do {
                try await Connection.withConnection(database) { connection in
                    let lookup = PostgresSessionLookup(connection)
                    try await lookup.prepare()
                    backoff.reset()
                    isAway = false
                    // What may have changed while the database was away is found out before anything else is told.
                    queue.withLock { $0.isReachable = true }
                    hear(.all)
                    logger.info("Sessions can be looked up.")
                    switch configuration.tokens {
                    case .format(let format as DjangoSessions):
                        try await answer(by: DjangoSessionLookup(inner: lookup, sessions: format))
                    case .forward(let endpoint):
                        try await answer(
                            by: EndpointSessionLookup(inner: lookup, endpoint: endpoint) {
                                self.queue.withLock(\.signals)
                            }
                        )
                    case .plain, .format, .web: try await answer(by: lookup)
                    }
                }
            } catch is CancellationError {
                return
            } catch let error as LostRoundTrip {
                // Whoever waits is asked for on the next connection, which is made at once.
                logger.info("The connection for session lookups was lost.", metadata: ["error": "\(error.reason)"])
            } catch {
                for arrival in queue.withLock({ $0.becomeUnreachable() }) { arrival.answer(.unavailable) }
                if !isAway {
                    isAway = true
                    awaySince = .now
                    logger.warning("Sessions cannot be looked up; trying again.", metadata: ["error": "\(error)"])
                }
                if ContinuousClock.now - awaySince > configuration.grace { endAll() }
                try? await Task.sleep(for: backoff.next())
            }
        }
    }

    /// The connection went away under a round trip.
    private struct LostRoundTrip: Error {
        let reason: PostgresError
    }

    private func answer(by lookup: some SessionLookup) async throws {
        var doorbell = doorbell.makeAsyncIterator()
        while !Task.isCancelled {
            let work = queue.withLock { $0.take() }
            guard !work.isEmpty else {
                if let loss = await lookup.loss { throw LostRoundTrip(reason: loss) }
                await doorbell.next()
                continue
            }
            do {
                try await perform(work, by: lookup)
            } catch {
                for arrival in queue.withLock({ $0.putBack(work) }) { arrival.answer(.unavailable) }
                let loss = (error as? PostgresError).flatMap { $0.isLoss ? $0 : nil }
                metrics.didFail(loss == nil ? .refused : .lost)
                if let loss { throw LostRoundTrip(reason: loss) }
                throw error
            }
        }
        throw CancellationError()
    }

    private func perform(_ work: SessionQueue.Work, by lookup: some SessionLookup) async throws {
        // What many wait for is asked for once.
        var claims: [SessionClaim] = []
        var places: [SessionKey: Int] = [:]
        func place(_ key: SessionKey, _ claim: SessionClaim) -> Int {
            if let place = places[key] { return place }
            places[key] = claims.count
            claims.append(claim)
            return claims.count - 1
        }
        let arrivals = work.arrivals.map { (arrival: $0, place: place($0.key, $0.claim)) }
        let checks = work.checks.map { check in
            (check: check, place: check.evidence.open().map { place(check.key, $0) })
        }

        let asked = ContinuousClock.now
        let found = try await lookup.results(for: claims, checking: Set(checks.compactMap(\.place)))
        metrics.didAnswer(claims.count, after: .now - asked)
        let results = zip(claims, found).map { $0.limit($1) }
        for case .session(let session) in results where session.isAPIKey { session.sessionID.map(keyUse.note) }
        let now = Uptime.now
        let grace = configuration.grace / .seconds(1)
        for case .failed(let reason) in results {
            metrics.didFail(.function)
            logger.warning(
                "freshet.authenticate failed; the credential counts as no session.",
                metadata: ["error": "\(reason)"]
            )
        }
        // Under the lock for the same reason as in `hear`.
        let entrances = queue.withLock { queue in
            let missed = queue.finish()
            for (check, place) in checks {
                queue.directory.settle(check, place.map { results[$0] } ?? .none, now: now, grace: grace)
                    .carryOut(on: streams)
            }
            return arrivals.map { arrival, place in
                let entrance = enter(&queue.directory, arrival, results[place], missed: missed, now: now)
                if let gone = entrance.gone { streams.end(gone, .revoked) }
                if let regrant = entrance.regrant { streams.regrant(regrant) }
                return entrance.authentication
            }
        }
        for (arrival, authentication) in zip(work.arrivals, entrances) { arrival.answer(authentication) }
    }

    private struct Entrance {
        var authentication = Authentication.refused
        var regrant: LiveSession?
        var gone: LiveSession?
    }

    private func enter(
        _ directory: inout SessionDirectory<SealedClaim>,
        _ arrival: SessionQueue.Arrival,
        _ result: LookupResult,
        missed: [SessionSignal],
        now: Double
    ) -> Entrance {
        switch result {
        case .unanswered:
            return Entrance(authentication: .unavailable)
        case .session(let session) where session.expiresAt.map({ $0 > now }) ?? true:
            let entrance = directory.enter(arrival.key, SealedClaim(arrival.claim), session, missed: missed)
            return Entrance(
                authentication: .session(entrance.live),
                regrant: entrance.regrant ? entrance.live : nil,
                gone: entrance.replaced
            )
        case .session, .none, .failed:
            return Entrance(gone: directory.remove(arrival.key))
        }
    }

    /// Queues what is due: a session at its end, and all of them once an interval. Rings also when nothing is, so that a
    /// connection that was lost while idle is noticed, and the grace of the open streams begins.
    private func watchTheClock() async {
        var nextRound = ContinuousClock.now + configuration.recheck
        while (try? await Task.sleep(for: .milliseconds(200))) != nil {
            let isRound = ContinuousClock.now >= nextRound
            if isRound { nextRound = .now + configuration.recheck }
            queue.withLock { queue in
                if isRound { queue.directory.queueAll() }
                queue.directory.queueExpired(now: Uptime.now)
            }
            ring.yield()
        }
    }

    private func endAll() {
        let all = queue.withLock { $0.directory.removeAll() }
        guard !all.isEmpty else { return }
        logger.error("The database has been away too long; every stream ends.", metadata: ["sessions": "\(all.count)"])
        for live in all { streams.end(live, .unavailable) }
    }
}
