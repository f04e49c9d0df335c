/// The notifications of one channel, in batches: each element is all that has arrived since the one before.
///
/// It ends by throwing: `PostgresError` when the connection is lost or closed, `CancellationError` when the task is
/// cancelled. One task at a time may wait for the next element.
public struct Notifications: AsyncSequence, Sendable {
    let mailbox: Mailbox

    public struct AsyncIterator: AsyncIteratorProtocol {
        let mailbox: Mailbox

        public func next() async throws -> NotificationBatch? {
            try await mailbox.next(isolation: #isolation)
        }

        public func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> NotificationBatch? {
            try await mailbox.next(isolation: actor)
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(mailbox: mailbox)
    }
}
