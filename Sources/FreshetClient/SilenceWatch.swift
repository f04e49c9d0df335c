import Synchronization

/// Ends what waits for a server that says nothing.
enum SilenceWatch {
    /// It has waited too long.
    struct Silence: Error {}

    /// Runs `operation`; where it takes longer than `limit`, or its task is cancelled, calls `end`, upon which it must
    /// return or fail.
    ///
    /// - Throws: ``Silence`` where it was ended for that; else what the operation throws.
    static func run<Result: Sendable>(
        limit: Duration,
        isolation: isolated (any Actor)?,
        _ operation: () async throws -> Result,
        end: @escaping @Sendable () -> Void
    ) async throws -> Result {
        let watch = Watch()
        let timer = Task {
            try await Task.sleep(for: limit)
            if watch.fire() { end() }
        }
        defer { timer.cancel() }
        do {
            let result = try await withTaskCancellationHandler(
                operation: operation,
                onCancel: end,
                isolation: isolation
            )
            guard watch.finish() else { throw Silence() }
            return result
        } catch {
            guard watch.finish() else { throw Silence() }
            throw error
        }
    }

    /// Which came first, the end of the operation or that of our patience.
    private final class Watch: Sendable {
        private enum State { case running, finished, fired }

        private let state = Mutex(State.running)

        func fire() -> Bool { move(to: .fired) == .fired }

        func finish() -> Bool { move(to: .finished) == .finished }

        private func move(to next: State) -> State {
            state.withLock { state in
                if state == .running { state = next }
                return state
            }
        }
    }
}
