import Invalidation
import Synchronization

/// Those who follow in this process. While there are none, a batch costs one load.
package final class Followers: Sendable {
    private struct State {
        var all: [ObjectIdentifier: Weak] = [:]
        var isPaused = false
        var hasEnded = false
    }

    private struct Weak { weak var follower: Follower? }

    private let areThere = Atomic(false)
    private let state = Mutex(State())

    func join(_ scopes: Set<Scope>?) -> Follower {
        let (follower, hasEnded) = state.withLock { state in
            let follower = Follower(scopes, of: self, isPaused: state.isPaused)
            state.all[ObjectIdentifier(follower)] = Weak(follower: follower)
            areThere.store(true, ordering: .relaxed)
            return (follower, state.hasEnded)
        }
        if hasEnded { follower.end() }
        return follower
    }

    func leave(_ follower: Follower) {
        state.withLock { state in
            state.all[ObjectIdentifier(follower)] = nil
            areThere.store(!state.all.isEmpty, ordering: .relaxed)
        }
    }

    func hear(_ batch: [Invalidation]) {
        guard areThere.load(ordering: .relaxed), !batch.isEmpty else { return }
        each { $0.hear(batch) }
    }

    func reset(_ reason: ResetReason) { each { $0.reset(reason) } }

    func obey(_ controls: Controls) {
        state.withLock { $0.isPaused = controls.isPaused }
        each { $0.obey(controls) }
    }

    /// Nothing more comes.
    package func end() {
        state.withLock { $0.hasEnded = true }
        each { $0.end() }
    }

    private func each(_ body: (Follower) -> Void) {
        let all = state.withLock { $0.all.values.compactMap(\.follower) }
        for follower in all { body(follower) }
    }
}
