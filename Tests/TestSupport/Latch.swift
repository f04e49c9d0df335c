import Synchronization

/// Something that happens once, and that any number of tasks can wait for.
package final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [Int: CheckedContinuation<Bool, Never>] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    package init() {}

    package var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Further calls do nothing.
    package func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }

    /// Returns at once when it has happened already.
    package func wait(_ what: String, within limit: Duration = patience) async throws {
        try await withDeadline(what, within: limit) { [self] in try await wait() }
    }

    /// Ends with a `CancellationError` when its task is cancelled.
    package func wait() async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        let isOpen = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let answer: Bool? = state.withLock { state in
                    if state.isOpen { return true }
                    if Task.isCancelled { return false }
                    state.waiters[number] = waiter
                    return nil
                }
                if let answer { waiter.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: false)
        }
        if !isOpen { throw CancellationError() }
    }
}
