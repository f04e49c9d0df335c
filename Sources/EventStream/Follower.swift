package import Invalidation
import Synchronization

/// One who follows some scopes in this process: what it has not been told is merged, as a stream's is (``Pending``).
package final class Follower: Sendable {
    private struct State {
        var pending = Pending()
        var isPaused = false
        var hasEnded = false
        var readers: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var count: UInt64 = 0

        var isReady: Bool { hasEnded || !isPaused && !pending.isEmpty }

        /// - Returns: those who wait for what is there now.
        mutating func wake() -> [CheckedContinuation<Void, Never>] {
            guard isReady else { return [] }
            defer { readers = [:] }
            return Array(readers.values)
        }
    }

    /// Nil: all there are.
    private let scopes: Set<Scope>?
    private let state = Mutex(State())
    private let followers: Followers

    init(_ scopes: Set<Scope>?, of followers: Followers, isPaused: Bool) {
        self.scopes = scopes?.union([.everyone])
        self.followers = followers
        state.withLock { $0.isPaused = isPaused }
    }

    deinit { followers.leave(self) }

    /// All that has gone stale since the last call, as soon as there is any; nil once nothing more comes, and at cancellation.
    package func next() async -> Change? {
        while !Task.isCancelled {
            await wait()
            let (change, hasEnded) = state.withLock { state in
                guard state.isReady, !state.hasEnded else { return (nil as Change?, state.hasEnded) }
                defer { state.pending = Pending() }
                return (state.pending.event.flatMap(Change.init), false)
            }
            // Woken for nothing: another took it, or a pause has begun.
            if change != nil || hasEnded { return change }
        }
        return nil
    }

    /// Returns once there may be something, and at cancellation.
    private func wait() async {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    guard !state.isReady, !Task.isCancelled else { return true }
                    state.readers[number] = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.readers.removeValue(forKey: number) }?.resume()
        }
    }

    func hear(_ batch: [Invalidation]) {
        change { state in
            for invalidation in batch where scopes?.contains(invalidation.scope) ?? true {
                state.pending.add(invalidation, filter: nil)
            }
        }
    }

    func reset(_ reason: ResetReason) { change { $0.pending.add(reset: reason) } }

    func obey(_ controls: Controls) {
        change { state in
            state.isPaused = controls.isPaused
            state.pending.remove(controls.disabled)
        }
    }

    func end() { change { $0.hasEnded = true } }

    private func change(_ body: (inout State) -> Void) {
        let woken = state.withLock { state in
            body(&state)
            return state.wake()
        }
        for reader in woken { reader.resume() }
    }
}

extension Change {
    /// - Returns: nil of an event that tells of no change.
    init?(_ event: StreamEvent) {
        switch event {
        case .invalidate(let tags, let scopes, let xids, let origin):
            self.init(tags: tags, scopes: scopes, xids: xids, origin: origin)
        case .reset(let reason): self.init(reset: reason)
        case .single, .welcome, .goaway: return nil
        }
    }
}
