import Invalidation
import Logging
import SessionAuth
import Synchronization
import Testing

/// CONTRACT.md §6 where the application itself says who asks: a signal holds, and an answer decides.
@Suite(.timeLimit(.minutes(20))) struct ResolvedSessionsTests {
    /// What the hub would be told.
    private struct Recorder: SessionStreams {
        enum Event: Sendable, Hashable {
            case held
            case released
            case regranted
            case ended(GoawayReason)
        }

        let events = AsyncStream.makeStream(of: Event.self)

        func hold(_ sessions: [LiveSession]) { events.continuation.yield(.held) }

        func release(_ sessions: [LiveSession]) { events.continuation.yield(.released) }

        func regrant(_ session: LiveSession) { events.continuation.yield(.regranted) }

        func end(_ session: LiveSession, _ reason: GoawayReason) {
            session.end(reason)
            events.continuation.yield(.ended(reason))
        }
    }

    private static func session(end: Double? = nil, scopes: [String] = []) -> Session {
        Session(userID: "u", sessionID: "s", expiresAt: end, scopes: scopes)
    }

    /// Runs sessions, and gives the body what the hub is told.
    private func withSessions(
        recheck: Duration = .seconds(3_600),
        grace: Duration = .seconds(3_600),
        isListening: Bool = true,
        _ body: (ResolvedSessions, inout AsyncStream<Recorder.Event>.Iterator) async throws -> Void
    ) async throws {
        let recorder = Recorder()
        let sessions = ResolvedSessions(
            streams: recorder,
            recheck: recheck,
            grace: grace,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await sessions.run { isListening } }
            defer { group.cancelAll() }
            var events = recorder.events.stream.makeAsyncIterator()
            try await body(sessions, &events)
        }
    }

    private func enter(
        _ sessions: ResolvedSessions,
        _ session: Session,
        asking question: ResolvedSessions.Question?,
        since visit: ResolvedSessions.Visit
    ) throws -> LiveSession {
        try #require(sessions.enter(session, asking: question, since: visit))
    }

    @Test(arguments: [SessionSignal.session("s"), .user("u"), .all])
    func `a signal holds the session's streams, and a good answer lets them go on`(signal: SessionSignal) async throws {
        try await withSessions { sessions, events in
            let live = try enter(
                sessions,
                Self.session(),
                asking: { .session(Self.session()) },
                since: sessions.visit()
            )
            sessions.hear(signal)
            #expect(await events.next() == .held)
            #expect(await events.next() == .released)
            #expect(live.ended == nil)
        }
    }

    @Test func `an answer that there is no session ends its streams`() async throws {
        try await withSessions { sessions, events in
            let live = try enter(sessions, Self.session(), asking: { .none }, since: sessions.visit())
            sessions.hear(.session("s"))
            #expect(await events.next() == .held)
            #expect(await events.next() == .ended(.revoked))
            #expect(live.ended == .revoked)
        }
    }

    @Test func `who cannot be asked for again ends at a signal`() async throws {
        try await withSessions { sessions, events in
            _ = try enter(sessions, Self.session(), asking: nil, since: sessions.visit())
            sessions.hear(.session("another"))
            sessions.hear(.user("u"))
            #expect(await events.next() == .held)
            #expect(await events.next() == .ended(.revoked))
        }
    }

    @Test func `other scopes in the answer are granted before the streams go on`() async throws {
        try await withSessions { sessions, events in
            let live = try enter(
                sessions,
                Self.session(),
                asking: { .session(Self.session(scopes: ["tenant/a"])) },
                since: sessions.visit()
            )
            sessions.hear(.user("u"))
            #expect(await events.next() == .held)
            #expect(await events.next() == .regranted)
            #expect(await events.next() == .released)
            #expect(live.grants.hears(Scope(text: "tenant/a") ?? .global))
        }
    }

    @Test func `an end that has come is the end, unless the answer says a later one`() async throws {
        try await withSessions { sessions, events in
            _ = try enter(sessions, Self.session(end: Uptime.now), asking: nil, since: sessions.visit())
            #expect(await events.next() == .ended(.expired))
            let later = Uptime.now + 3_600
            let live = try enter(
                sessions,
                Self.session(end: Uptime.now),
                asking: { .session(Self.session(end: later)) },
                since: sessions.visit()
            )
            // What comes next is about a session after it.
            _ = try enter(sessions, Self.session(end: Uptime.now), asking: { .none }, since: sessions.visit())
            #expect(await events.next() == .ended(.expired))
            #expect(live.ended == nil)
        }
    }

    @Test func `a signal while the application is being asked holds the session from its beginning`() async throws {
        try await withSessions { sessions, events in
            let visit = sessions.visit()
            sessions.hear(.session("s"))
            let live = try enter(sessions, Self.session(), asking: { .session(Self.session()) }, since: visit)
            #expect(live.isHeld)
            #expect(await events.next() == .released)
        }
    }

    @Test(arguments: [nil, { .session(Self.session()) }] as [ResolvedSessions.Question?])
    func `a logout just before the application was asked lets nobody in unasked`(
        question: ResolvedSessions.Question?
    ) async throws {
        try await withSessions { sessions, events in
            // The middleware has found the session by now; the request is not here yet.
            sessions.hear(.session("s"))
            let live = sessions.enter(Self.session(), asking: question, since: sessions.visit())
            guard question != nil else { return #expect(live == nil) }
            #expect(live?.isHeld == true)
            #expect(await events.next() == .released)
        }
    }

    @Test func `an answer that names another user ends the streams`() async throws {
        try await withSessions { sessions, events in
            _ = try enter(
                sessions,
                Self.session(),
                asking: { .session(Session(userID: "another", sessionID: "s")) },
                since: sessions.visit()
            )
            sessions.hear(.session("s"))
            #expect(await events.next() == .held)
            #expect(await events.next() == .ended(.revoked))
        }
    }

    /// A hub that compares each release with the signals that its question has heeded.
    private final class Judge: SessionStreams {
        private let state = Mutex((held: 0, asked: 0, wrong: 0, released: 0))

        func noteQuestion() { state.withLock { $0.asked = $0.held } }

        func hold(_ sessions: [LiveSession]) { state.withLock { $0.held += 1 } }

        func release(_ sessions: [LiveSession]) {
            // Slowly: where a signal can come between, it does.
            let end = ContinuousClock.now + .microseconds(50)
            while ContinuousClock.now < end {}
            state.withLock { state in
                state.released += 1
                if state.held != state.asked { state.wrong += 1 }
            }
        }

        func regrant(_ session: LiveSession) {}
        func end(_ session: LiveSession, _ reason: GoawayReason) {}

        var verdict: (wrong: Int, released: Int) { state.withLock { ($0.wrong, $0.released) } }
    }

    @Test func `no release that was decided before a signal comes to the hub after it`() async throws {
        let judge = Judge()
        let sessions = ResolvedSessions(
            streams: judge,
            recheck: .seconds(3_600),
            grace: .seconds(3_600),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await sessions.run { true } }
            defer { group.cancelAll() }
            let question: ResolvedSessions.Question = {
                judge.noteQuestion()
                return .session(Self.session())
            }
            _ = try enter(sessions, Self.session(), asking: question, since: sessions.visit())
            // So far apart that checks come to their end between signals, and signals between the parts of a check.
            await withTaskGroup(of: Void.self) { hearing in
                for _ in 0..<2 {
                    hearing.addTask {
                        for _ in 0..<1_000 {
                            sessions.hear(.session("s"))
                            for _ in 0..<Int.random(in: 0..<10) { await Task.yield() }
                        }
                    }
                }
            }
            while judge.verdict.released == 0 { await Task.yield() }
            #expect(judge.verdict.wrong == 0)
        }
    }

    @Test func `who cannot be answered for stays held, and is asked again`() async throws {
        let source = Answers([.unanswered, .session(Self.session())])
        try await withSessions { sessions, events in
            _ = try enter(sessions, Self.session(), asking: { await source.next() }, since: sessions.visit())
            sessions.hear(.all)
            #expect(await events.next() == .held)
            #expect(await events.next() == .released)
        }
    }

    @Test func `one that hangs keeps no other from its answer`() async throws {
        try await withSessions { sessions, events in
            _ = try enter(
                sessions,
                Session(userID: "slow", sessionID: "slow"),
                asking: {
                    try? await Task.sleep(for: .seconds(3_600))
                    return .unanswered
                },
                since: sessions.visit()
            )
            _ = try enter(sessions, Self.session(), asking: { .none }, since: sessions.visit())
            sessions.hear(.all)
            #expect(await events.next() == .held)
            #expect(await events.next() == .ended(.revoked))
        }
    }

    @Test func `when no signal can be heard for too long, every stream ends`() async throws {
        try await withSessions(grace: .zero, isListening: false) { sessions, events in
            _ = try enter(sessions, Self.session(), asking: nil, since: sessions.visit())
            #expect(await events.next() == .ended(.unavailable))
        }
    }

    @Test func `once an interval all are asked for who can be, and nobody else ends`() async throws {
        try await withSessions(recheck: .milliseconds(1)) { sessions, events in
            let silent = try enter(sessions, Self.session(), asking: nil, since: sessions.visit())
            _ = try enter(sessions, Self.session(), asking: { .none }, since: sessions.visit())
            #expect(await events.next() == .ended(.revoked))
            #expect(silent.ended == nil)
            #expect(sessions.count == 1)
            sessions.release(silent)
            #expect(sessions.count == 0)
        }
    }
}

/// Gives one answer a question.
private actor Answers {
    private var answers: [LookupResult]

    init(_ answers: [LookupResult]) { self.answers = answers }

    func next() -> LookupResult { answers.isEmpty ? .none : answers.removeFirst() }
}
