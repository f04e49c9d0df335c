import Dispatch
import Synchronization

/// One call of `connect`: the server, the clock and the caller's cancellation race to answer it.
///
/// The handshake can be stuck inside libpq (names are being resolved), where nothing can stop it. Then the caller is
/// answered all the same, and what the handshake brings later is thrown away.
final class ConnectAttempt: Sendable {
    private struct State {
        var caller: CheckedContinuation<Connection, any Error>?
        /// Also before there is a caller: it was cancelled.
        var isAnswered = false
        var isInsideLibPQ = false
        /// Counts the deadlines, so that one that was replaced does nothing.
        var deadline = 0
    }

    private let state = Mutex(State())

    /// False, and the caller answered, where the attempt has been cancelled before.
    func begin(_ caller: CheckedContinuation<Connection, any Error>) -> Bool {
        let isCancelled = state.withLock { state in
            if !state.isAnswered { state.caller = caller }
            return state.isAnswered
        }
        if isCancelled { caller.resume(throwing: CancellationError()) }
        return !isCancelled
    }

    /// Runs a call of libpq that may block for longer than there is time.
    func insideLibPQ<R, E>(_ body: () throws(E) -> R) throws(E) -> R {
        state.withLock { $0.isInsideLibPQ = true }
        defer { state.withLock { $0.isInsideLibPQ = false } }
        return try body()
    }

    /// Gives the attempt until then, from now; nil is forever. Replaces the deadline before. When it passes,
    /// `timedOut` runs, unless libpq blocks: then the attempt fails.
    func setDeadline(after limit: Duration?, timedOut: @escaping @Sendable () -> Void) {
        let deadline = state.withLock { state in
            state.deadline += 1
            return state.deadline
        }
        guard let limit else { return }
        DispatchQueue.global().asyncAfter(deadline: .now() + limit.dispatchInterval) { [weak self] in
            switch self?.isInsideLibPQ(at: deadline) {
            case true?: self?.fail(PostgresError.connection("no answer within \(limit) (connect_timeout)"))
            case false?: timedOut()
            case nil: break
            }
        }
    }

    /// Nil where the deadline does not count any more.
    private func isInsideLibPQ(at deadline: Int) -> Bool? {
        state.withLock { state in
            state.isAnswered || state.deadline != deadline ? nil : state.isInsideLibPQ
        }
    }

    /// Nobody holds the connection, so that it is closed, where the caller has been answered before.
    func succeed(_ connection: Connection) {
        answer()?.resume(returning: connection)
    }

    func fail(_ error: any Error) {
        answer()?.resume(throwing: error)
    }

    private func answer() -> CheckedContinuation<Connection, any Error>? {
        state.withLock { state in
            defer { state.caller = nil }
            state.isAnswered = true
            return state.caller
        }
    }
}
