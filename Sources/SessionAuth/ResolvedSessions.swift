package import Invalidation
package import Logging
import ServiceLifecycle
import Synchronization

/// The sessions that an application vouches for which Freshet is part of, as long as they have streams.
///
/// A signal of `freshet.watch_sessions` or `freshet.watch_scopes` means them as it means those that ``Sessions`` looks up
/// (CONTRACT.md §6): their streams are held at once. Where the application can be asked again it is, and the answer decides;
/// where it cannot, the streams end, and their clients come back with a request that it is asked about anew.
package final class ResolvedSessions: Sendable {
    /// Asks the application once more who a session is. It should return within seconds; it is cancelled after ten.
    package typealias Question = @Sendable () async -> LookupResult

    /// Somebody who is being asked about. Whoever gets one gives it back with ``enter(_:asking:since:)`` or ``leave(_:)``.
    package struct Visit: Sendable {
        fileprivate let number: UInt64
    }

    private struct State {
        var directory = SessionDirectory<Question?>()
        var signals = RecentSignals()
        var visits: [UInt64: RecentSignals.Mark] = [:]
        var next: UInt64 = 0
        var checks = 0

        mutating func number() -> UInt64 {
            next += 1
            return next
        }
    }

    /// How many questions are asked at once.
    private static let width = 64
    private static let patience = Duration.seconds(10)

    /// How long nobody is asked who has not answered.
    private static let rest = Duration.seconds(1)

    private let state = Mutex(State())
    private let streams: any SessionStreams
    private let recheck: Duration
    private let grace: Duration
    private let logger: Logger
    private let doorbell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - recheck: how often all are asked for again who can be.
    ///   - grace: how long streams stay while no signal can be heard.
    package init(
        streams: any SessionStreams,
        recheck: Duration,
        grace: Duration,
        logger: Logger
    ) {
        self.streams = streams
        self.recheck = recheck
        self.grace = grace
        self.logger = logger
        (doorbell, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How many sessions have streams.
    package var count: Int { state.withLock(\.directory.count) }

    /// Begins to notice what the answer to a question may not reflect; before the application is asked.
    package func visit() -> Visit {
        state.withLock { state in
            let number = state.number()
            state.visits[number] = state.signals.mark(now: Uptime.now)
            return Visit(number: number)
        }
    }

    /// Ends a visit of somebody who has no session.
    package func leave(_ visit: Visit) { state.withLock { _ = $0.visits.removeValue(forKey: visit.number) } }

    /// Takes a session in that the application has just vouched for, once for each stream or request.
    ///
    /// - Parameter question: how to ask for it again; nil where that cannot be done.
    /// - Returns: the session, held if a signal may have meant it; it is given back with ``release(_:)``. Nil where a signal may
    ///   have meant one that cannot be asked for again: its client has to come back some seconds later, with a request of its
    ///   own, and not at once, or it would be sent away again and again.
    package func enter(_ session: Session, asking question: Question?, since visit: Visit) -> LiveSession? {
        let (live, isSuspect) = state.withLock { state in
            let mark = state.visits.removeValue(forKey: visit.number) ?? state.signals.mark(now: Uptime.now)
            let isSuspect = state.signals.mean(session, since: mark, heedsAll: question != nil)
            guard !isSuspect || question != nil else { return (nil as LiveSession?, false) }
            let key = SessionKey.number(state.number())
            let live = state.directory.enter(key, question, session, missed: isSuspect ? [.all] : []).live
            return (live, isSuspect)
        }
        if isSuspect { ring.yield() }
        return live
    }

    package func release(_ session: LiveSession) { state.withLock { $0.directory.leave(session) } }

    /// Holds the streams of the sessions that a signal means, until they have been asked for or end.
    ///
    /// What is published after this call returns reaches none of them before that.
    package func hear(_ signal: SessionSignal) {
        // The hub is told under the lock, as ``Sessions/hear(_:)`` does it, and for the same reason.
        let hasSuspects = state.withLock { state in
            let oldest = state.visits.min { $0.key < $1.key }?.value
            state.signals.note(signal, now: Uptime.now, oldest: oldest)
            let suspects = state.directory.hear(signal)
            if !suspects.isEmpty { streams.hold(suspects) }
            return !suspects.isEmpty
        }
        if hasSuspects { ring.yield() }
    }

    // MARK: The service

    /// Checks sessions until the graceful shutdown.
    ///
    /// - Parameter isListening: whether signals are heard.
    package func run(isListening: @escaping @Sendable () -> Bool) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.check() }
            group.addTask { await self.watchTheClock(isListening) }
            try? await gracefulShutdown()
            group.cancelAll()
        }
    }

    /// Asks for whoever is suspect or due; nobody waits for another's answer.
    private func check() async {
        await withDiscardingTaskGroup { group in
            for await _ in doorbell {
                let checks = state.withLock { state in
                    let taken = state.directory.takeChecks(Self.width - state.checks)
                    state.checks += taken.count
                    return taken
                }
                for check in checks {
                    group.addTask {
                        self.settle(check, await self.answer(to: check))
                        self.state.withLock { $0.checks -= 1 }
                        self.ring.yield()
                    }
                }
            }
        }
    }

    private func answer(to check: SessionDirectory<Question?>.Check) async -> LookupResult {
        guard let question = check.evidence else {
            // It cannot be asked for: what was said at the beginning holds until a signal means it, or its own end.
            guard check.suspicions == 0, let session = check.live.session else { return .none }
            return .session(session)
        }
        let answer = await FirstAnswer.of(question, within: Self.patience)
        if answer == .unanswered { try? await Task.sleep(for: Self.rest) }
        return answer
    }

    private func settle(_ check: SessionDirectory<Question?>.Check, _ answer: LookupResult) {
        state.withLock { state in
            state.directory.settle(check, answer, now: Uptime.now, grace: grace / .seconds(1)).carryOut(on: streams)
        }
    }

    /// Queues what is due, and ends all when nobody has been heard for too long.
    private func watchTheClock(_ isListening: @Sendable () -> Bool) async {
        var nextRound = ContinuousClock.now + recheck
        var deafSince: ContinuousClock.Instant?
        while (try? await Task.sleep(for: .milliseconds(200))) != nil {
            let isRound = ContinuousClock.now >= nextRound
            if isRound { nextRound = .now + recheck }
            state.withLock { state in
                if isRound { state.directory.queueAll() }
                state.directory.queueExpired(now: Uptime.now)
            }
            ring.yield()
            deafSince = isListening() ? nil : deafSince ?? .now
            if let since = deafSince, ContinuousClock.now - since > grace { endAll() }
        }
    }

    private func endAll() {
        let all = state.withLock { $0.directory.removeAll() }
        guard !all.isEmpty else { return }
        logger.error("The database has been away too long; every stream ends.", metadata: ["sessions": "\(all.count)"])
        for live in all { streams.end(live, .unavailable) }
    }
}
