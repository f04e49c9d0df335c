import DequeModule
import Synchronization

/// What has come in and has not been taken yet, for one reader at a time.
///
/// Past its limit it drops the oldest. Without one it holds all that its writer puts in, and the writer stops by itself
/// when ``count`` grows, as ``HTTPConnectionHandler`` does by no longer reading from its socket.
package final class Mailbox<Element: Sendable>: Sendable {
    private enum End {
        case finished
        case failed(any Error)
    }

    private struct State {
        var elements: Deque<Element> = []
        var waiter: CheckedContinuation<Element?, any Error>?
        var end: End?
    }

    private let state = Mutex(State())
    private let limit: Int

    package init(keeping limit: Int = .max) {
        self.limit = limit
    }

    package var count: Int { state.withLock { $0.elements.count } }

    package func put(_ element: Element) {
        let waiter = state.withLock { state -> CheckedContinuation<Element?, any Error>? in
            guard state.end == nil else { return nil }
            guard let waiter = state.waiter.take() else {
                if state.elements.count == limit { state.elements.removeFirst() }
                state.elements.append(element)
                return nil
            }
            return waiter
        }
        waiter?.resume(returning: element)
    }

    /// Ends it once; what is still in it can be taken first.
    package func finish(throwing error: (any Error)? = nil) {
        let waiter = state.withLock { state -> CheckedContinuation<Element?, any Error>? in
            guard state.end == nil else { return nil }
            state.end = error.map(End.failed) ?? .finished
            return state.waiter.take()
        }
        if let error { waiter?.resume(throwing: error) } else { waiter?.resume(returning: nil) }
    }

    /// The next one, or nil after the end; a deadline says what was waited for.
    package func next(_ what: String, within limit: Duration = patience) async throws -> Element? {
        try await withDeadline(what, within: limit) { try await self.next() }
    }

    /// The next one, or nil after the end. One reader at a time: a second one fails at once.
    package func next() async throws -> Element? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                let answer: Result<Element?, any Error>? = state.withLock { state in
                    if let element = state.elements.popFirst() { return .success(element) }
                    switch state.end {
                    case .finished: return .success(nil)
                    case .failed(let error): return .failure(error)
                    case nil: break
                    }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.waiter != nil { return .failure(SecondReader()) }
                    state.waiter = waiter
                    return nil
                }
                if let answer { waiter.resume(with: answer) }
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume(throwing: CancellationError())
        }
    }
}

/// Two tasks read from one mailbox: each would miss what the other takes.
struct SecondReader: Error {}
