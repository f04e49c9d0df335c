import Dispatch
import Synchronization

/// One call of `connect`: the server, the clock and the caller's cancellation race to answer it.
///
/// The handshake can be stuck inside libpq (names are being resolved), where nothing can stop it. Then the caller is
/// answered all the same, and what the handshake brings later is thrown away.
final class ConnectAttempt: Sendable {
    /// How waiting for the socket has ended.
    enum Step: Sendable {
        case ready
        case timedOut
        case abandoned
    }

    private enum Phase {
        /// Before the caller waits.
        case new
        /// Inside libpq.
        case working(CheckedContinuation<Connection, any Error>)
        /// Waiting for the socket.
        case waiting(CheckedContinuation<Connection, any Error>, CheckedContinuation<Step, Never>)
        case answered
    }

    private struct State {
        var phase = Phase.new
        /// Counts the deadlines, so that one that was replaced does nothing.
        var deadline = 0
    }

    private let state = Mutex(State())

    /// False where the attempt has been given up before.
    func begin(_ caller: CheckedContinuation<Connection, any Error>) -> Bool {
        let isNew = state.withLock { state in
            guard case .new = state.phase else { return false }
            state.phase = .working(caller)
            return true
        }
        if !isNew { caller.resume(throwing: CancellationError()) }
        return isNew
    }

    var isAnswered: Bool {
        state.withLock { if case .answered = $0.phase { true } else { false } }
    }

    /// Gives the handshake until then, from now; nil is forever. Replaces the deadline before.
    func setDeadline(after limit: Duration?) {
        let deadline = state.withLock { state in
            state.deadline += 1
            return state.deadline
        }
        guard let limit else { return }
        DispatchQueue.global().asyncAfter(deadline: .now() + limit.dispatchInterval) { [weak self] in
            self?.expire(deadline, limit)
        }
    }

    /// Waits until `start` calls back, the deadline passes or the caller gives up.
    func wait(isolation: isolated (any Actor)? = #isolation, _ start: (@escaping @Sendable () -> Void) -> Void) async
        -> Step
    {
        await withCheckedContinuation { step in
            let isWaiting = state.withLock { state in
                guard case .working(let caller) = state.phase else { return false }
                state.phase = .waiting(caller, step)
                return true
            }
            if isWaiting {
                start { self.endStep(.ready) }
            } else {
                step.resume(returning: .abandoned)
            }
        }
    }

    /// Nobody holds the connection, so that it is closed, where the caller has been answered before.
    func succeed(_ connection: Connection) {
        guard let (caller, _) = answer() else { return }
        caller.resume(returning: connection)
    }

    func fail(_ error: any Error) {
        guard let (caller, step) = answer() else { return }
        caller.resume(throwing: error)
        step?.resume(returning: .abandoned)
    }

    func cancel() {
        let isNew = state.withLock { state in
            guard case .new = state.phase else { return false }
            state.phase = .answered
            return true
        }
        if !isNew { fail(CancellationError()) }
    }

    private func answer() -> (CheckedContinuation<Connection, any Error>, CheckedContinuation<Step, Never>?)? {
        state.withLock { state in
            let phase = state.phase
            state.phase = .answered
            switch phase {
            case .new, .answered: return nil
            case .working(let caller): return (caller, nil)
            case .waiting(let caller, let step): return (caller, step)
            }
        }
    }

    private func endStep(_ step: Step) {
        let waiting: CheckedContinuation<Step, Never>? = state.withLock { state in
            guard case .waiting(let caller, let waiting) = state.phase else { return nil }
            state.phase = .working(caller)
            return waiting
        }
        waiting?.resume(returning: step)
    }

    private func expire(_ deadline: Int, _ limit: Duration) {
        let isInsideLibPQ: Bool? = state.withLock { state in
            guard state.deadline == deadline else { return nil }
            switch state.phase {
            case .working: return true
            case .waiting: return false
            case .new, .answered: return nil
            }
        }
        switch isInsideLibPQ {
        case true?: fail(PostgresError.connection("no answer within \(limit.components.seconds) s (connect_timeout)"))
        case false?: endStep(.timedOut)
        case nil: break
        }
    }
}
