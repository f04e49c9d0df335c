import Synchronization

/// The attempts of the round that runs, as the writers report them.
package final class Register: Sendable {
    private struct State {
        var attempts: [Int: Attempt] = [:]
        var count = 0
        var earlier: Set<UInt64> = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Unique in the run, not only in the round.
    package func nextNumber() -> Int {
        state.withLock { state in
            state.count += 1
            return state.count
        }
    }

    package func add(_ attempt: Attempt) {
        state.withLock { $0.attempts[attempt.number] = attempt }
    }

    package func change(_ number: Int, _ body: (inout Attempt) -> Void) {
        state.withLock { state in
            if var attempt = state.attempts[number] {
                body(&attempt)
                state.attempts[number] = attempt
            }
        }
    }

    package var count: Int { state.withLock(\.attempts.count) }

    /// The transactions that were committed in earlier rounds.
    package var earlier: Set<UInt64> { state.withLock(\.earlier) }

    package func remember(_ xids: some Sequence<UInt64>) { state.withLock { $0.earlier.formUnion(xids) } }

    /// Hands out the round's attempts and forgets them.
    package func take() -> [Attempt] {
        state.withLock { state in
            defer { state.attempts = [:] }
            return Array(state.attempts.values)
        }
    }
}
