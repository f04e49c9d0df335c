import Synchronization

/// Where the connection puts the notifications of one channel, and one task takes them out.
final class Mailbox: Sendable {
    private let state: Mutex<MailboxState>

    init(limit: Int) {
        state = Mutex(MailboxState(limit: limit))
    }

    func put(_ notifications: [Notification]) {
        perform(state.withLock { $0.put(notifications) })
    }

    /// What is held is still given out, then the error.
    func close(_ error: PostgresError) {
        perform(state.withLock { $0.close(error) })
    }

    func next(isolation: isolated (any Actor)?) async throws -> NotificationBatch {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation(isolation: isolation) { continuation in
                // Under the lock: a cancellation is either seen here, or finds the continuation.
                perform(state.withLock { $0.wait(continuation, isCancelled: Task.isCancelled) })
            }
        } onCancel: {
            perform(state.withLock { $0.cancelWait() })
        }
    }

    private func perform(_ action: MailboxState.Action) {
        switch action {
        case .none: break
        case .give(let batch, let taker): taker.resume(returning: batch)
        case .fail(let error, let taker): taker.resume(throwing: error)
        }
    }
}
