import Synchronization

/// What comes first of two: an answer, or the end of the time for it.
///
/// Whoever does not answer may not heed cancellation either, and a group of tasks would wait for it.
final class FirstAnswer: Sendable {
    private struct State {
        /// Nil once it has been answered.
        var waiting: CheckedContinuation<LookupResult, Never>?
        var timer: Task<Void, Never>?
    }

    private let state: Mutex<State>

    private init(_ waiting: CheckedContinuation<LookupResult, Never>) { state = Mutex(State(waiting: waiting)) }

    /// - Parameter question: cancelled once the time is over.
    /// - Returns: `unanswered` then.
    static func of(
        _ question: @escaping @Sendable () async -> LookupResult,
        within limit: Duration
    ) async -> LookupResult {
        await withCheckedContinuation { continuation in
            let first = FirstAnswer(continuation)
            let asking = Task { first.settle(await question()) }
            first.start(
                Task {
                    guard (try? await Task.sleep(for: limit)) != nil else { return }
                    asking.cancel()
                    first.settle(.unanswered)
                }
            )
        }
    }

    private func start(_ timer: Task<Void, Never>) {
        let isLate = state.withLock { state in
            state.timer = timer
            return state.waiting == nil
        }
        if isLate { timer.cancel() }
    }

    private func settle(_ answer: LookupResult) {
        let (waiting, timer) = state.withLock { ($0.waiting.take(), $0.timer) }
        timer?.cancel()
        waiting?.resume(returning: answer)
    }
}
