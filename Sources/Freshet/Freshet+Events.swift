import EventStream
public import Invalidation

extension Freshet {
    /// What goes stale, one merged change at a time, until Freshet stops or the task that asks is cancelled.
    ///
    /// It begins when it is made, not when it is first asked, so that what is loaded after that is followed. What one
    /// iterator has been told no other is: each that follows has a sequence of its own.
    public struct Events: AsyncSequence, Sendable {
        /// It never fails: what cannot be told is told as a reset.
        public typealias Failure = Never

        private let follower: Follower

        init(_ follower: Follower) { self.follower = follower }

        /// Asks for the changes.
        public struct AsyncIterator: AsyncIteratorProtocol {
            fileprivate let follower: Follower

            /// All that has gone stale since the last call, as soon as there is any; nil at the end.
            public mutating func next() async -> Change? { await follower.next() }

            /// The same, on the caller's actor.
            public mutating func next(isolation actor: isolated (any Actor)?) async -> Change? { await follower.next() }
        }

        /// An iterator of what this sequence has not told yet.
        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(follower: follower) }
    }
}
