/// The notifications of one channel, in batches: each element is all that has arrived since the one before.
///
/// It ends by throwing: `PostgresError` when the connection is lost or closed, `CancellationError` when the task is
/// cancelled. One task at a time may wait for the next element.
public struct Notifications: AsyncSequence, Sendable {
    let mailbox: Mailbox

    /// Takes batches out. A second iterator takes from the same mailbox, so an element goes to one of them.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let mailbox: Mailbox

        /// Waits on whichever actor asks; see ``next(isolation:)``.
        public func next() async throws -> NotificationBatch? {
            try await mailbox.next(isolation: #isolation)
        }

        /// Waits until something has arrived; never nil. What arrived before the loss is given out first,
        /// then the error.
        public func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> NotificationBatch? {
            try await mailbox.next(isolation: actor)
        }
    }

    /// Begins with what has arrived by now and was not taken, not with what is to come.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(mailbox: mailbox)
    }
}
