extension FreshetClient {
    /// How a client behaves where nothing else says so.
    public struct Configuration: Sendable, Hashable {
        /// How long a service may say nothing before the connection counts as dead: several heartbeats, which come every
        /// 15 s where `--heartbeat` says nothing else.
        public var silence = Duration.seconds(60)

        /// The header field `User-Agent`.
        public var userAgent = "freshet-client"

        /// Whether a user who has too many open streams (429) waits for one of them to close; if not, that is a
        /// ``Refusal``.
        public var waitsForPlace = true

        /// The defaults.
        public init() {}
    }
}
