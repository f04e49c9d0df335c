import DequeModule
import Foundation
import Synchronization

/// Lets only so many through at a time; the others wait in the order in which they came.
///
/// Swift Testing starts all tests of a run at once. A hundred services on two processors would each take so long to come
/// up that every deadline passes, though nothing is wrong.
package final class Turnstile: Sendable {
    /// How many tests may have a database, a service or a cluster of their own at once.
    package static let services = Turnstile(max(4, 2 * ProcessInfo.processInfo.activeProcessorCount))

    /// How many may have a browser, and whatever else they need with it. Their tests come one after the other, and each would
    /// wait behind all the others again: most of a run would be spent on them alone at its end.
    package static let browsers = Turnstile(2)

    /// Whoever is inside may go in again: a test that takes a second database must not wait for itself.
    @TaskLocal private static var isInside = false

    private struct State {
        var free: Int
        var waiting: Deque<(number: Int, waiter: CheckedContinuation<Bool, Never>)> = []
        var count = 0
    }

    private let state: Mutex<State>

    package init(_ places: Int) {
        state = Mutex(State(free: places))
    }

    package func pass<Result>(_ body: () async throws -> Result) async throws -> Result {
        guard !Self.isInside else { return try await body() }
        try await enter()
        defer { leave() }
        return try await Self.$isInside.withValue(true, operation: body)
    }

    private func enter() async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        let hasPlace = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let answer: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    guard state.free == 0 else {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append((number, waiter))
                    return nil
                }
                if let answer { waiter.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { state in
                state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0).waiter }
            }?.resume(returning: false)
        }
        if !hasPlace { throw CancellationError() }
    }

    /// The place goes to whoever has waited longest.
    private func leave() {
        state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard let next = state.waiting.popFirst() else {
                state.free += 1
                return nil
            }
            return next.waiter
        }?.resume(returning: true)
    }
}
