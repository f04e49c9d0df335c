extension FreshetClient {
    /// The events of a stream, through as many connections as it takes.
    ///
    /// Iterating connects; each iteration has a connection of its own, which is closed at once when the iteration ends: at a
    /// `break`, when its task is cancelled, or at an error. Nothing is read ahead of what is asked for. Events that this version
    /// does not know are passed over.
    ///
    /// It does not end by itself. It throws a ``Refusal`` where it is of no use to ask again, such as the 401 that follows
    /// when a session was revoked, ``Credential/Unusable``, or `CancellationError`.
    public struct Events: AsyncSequence, Sendable {
        let rawEvents: RawEvents

        /// Connects when it is asked for the first event.
        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rawEvents: rawEvents.makeAsyncIterator()) }

        /// One who reads. To ask for the next event says that what the one before tells has been applied: a connection that
        /// is made from then on resumes after it.
        public struct AsyncIterator: AsyncIteratorProtocol {
            var rawEvents: RawEvents.AsyncIterator

            /// The next event; nil only after an error.
            public mutating func next() async throws -> FreshetClient.Event? { try await next(isolation: nil) }

            /// The same, on the actor of whoever asks.
            public mutating func next(
                isolation actor: isolated (any Actor)?
            ) async throws(any Error) -> FreshetClient.Event? {
                while let event = try await rawEvents.next(isolation: actor) {
                    if let event = FreshetClient.Event(event) { return event }
                }
                return nil
            }
        }
    }
}
