public import ServerSentEvents

extension FreshetClient {
    /// The events of a stream as they came, through as many connections as it takes.
    ///
    /// Iterating connects; each iteration has a connection of its own, which is closed at once when the iteration ends: at a
    /// `break`, when its task is cancelled, or at an error. Nothing is read ahead of what is asked for.
    ///
    /// It does not end by itself. It throws a ``Refusal`` where it is of no use to ask again, ``Credential/Unusable``, or
    /// `CancellationError`.
    public struct RawEvents: AsyncSequence, Sendable {
        let client: FreshetClient
        let lastEventID: String
        let onStateChange: (@Sendable (State) -> Void)?

        /// Connects when it is asked for the first event.
        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(reader: StreamReader(client, lastEventID: lastEventID, onStateChange))
        }

        /// One who reads. To ask for the next event says that the one before has arrived: a connection that is made from then
        /// on resumes after it.
        public struct AsyncIterator: AsyncIteratorProtocol {
            let reader: StreamReader

            /// The next event; nil only after an error.
            public mutating func next() async throws -> ServerSentEvent? { try await reader.next(isolation: nil) }

            /// The same, on the actor of whoever asks.
            public mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error)
                -> ServerSentEvent?
            {
                try await reader.next(isolation: actor)
            }
        }
    }
}
