import EventStream
import HTTPAPI
import Invalidation
import NIOCore
import SessionAuth

extension Freshet {
    /// What may be set of the streams, wherever they are served; the defaults are those of CONTRACT.md §7.
    public struct Configuration: Sendable {
        /// Where the routes begin, `/api/invalidator`, or empty for the root. It begins with a slash and does not end with one.
        public var basePath: String

        /// The foreign origins whose pages may ask.
        public var allowedOrigins: Set<WebOrigin>

        /// How often an idle stream's position is moved and LISTEN is proven, at least 100 ms: it costs a transaction each time.
        public var heartbeat: Duration

        /// With delivery `poll`: how often the log is read, at least 1 ms.
        public var pollInterval: Duration

        /// The least time between two events of one stream, at most a minute; the first of a burst goes at once.
        public var coalescing: Duration

        /// The most invalidations kept in memory for clients that come back; older positions are reset.
        public var historyEntries: Int

        /// The most open streams of one user; the next one is answered 429.
        public var streamsPerUser: Int

        /// The most open streams in all; whoever comes then is told to come back in a few seconds.
        public var streams: Int

        /// How often the sessions of open streams are checked again, at least 100 ms.
        public var recheck: Duration

        /// How long open streams stay while the database is away.
        public var grace: Duration

        /// The defaults, and what differs from them.
        public init(
            basePath: String = "/api/invalidator",
            allowedOrigins: Set<WebOrigin> = [],
            heartbeat: Duration = .seconds(15),
            pollInterval: Duration = .milliseconds(50),
            coalescing: Duration = .zero,
            historyEntries: Int = 100_000,
            streamsPerUser: Int = 20,
            streams: Int = 100_000,
            recheck: Duration = .seconds(60),
            grace: Duration = .seconds(300)
        ) {
            self.basePath = basePath
            self.allowedOrigins = allowedOrigins
            self.heartbeat = heartbeat
            self.pollInterval = pollInterval
            self.coalescing = coalescing
            self.historyEntries = historyEntries
            self.streamsPerUser = streamsPerUser
            self.streams = streams
            self.recheck = recheck
            self.grace = grace
        }
    }
}

extension Freshet.Configuration {
    /// - Throws: the first setting that cannot be meant so.
    func check() throws(FreshetError) {
        let isPath = basePath.isEmpty || basePath.hasPrefix("/") && !basePath.hasSuffix("/") && !basePath.contains("//")
        let problems: [(Bool, String)] = [
            (
                !isPath || basePath.contains { "?#:*{} ".contains($0) },
                "basePath '\(basePath)' must begin with a slash, not end with one, and have no parameter in it."
            ),
            (heartbeat < .milliseconds(100), "heartbeat must be at least 100 ms: it costs a transaction each time."),
            (pollInterval < .milliseconds(1), "pollInterval must be at least 1 ms: each poll is a query."),
            (
                coalescing < .zero || coalescing > .seconds(60),
                "coalescing must be at most a minute: so long a client may show what is stale."
            ),
            (recheck < .milliseconds(100), "recheck must be at least 100 ms: it costs a query each time."),
            (grace < .zero, "grace must not be negative."),
            (historyEntries < 1, "historyEntries must be at least 1."),
            (streamsPerUser < 1, "streamsPerUser must be at least 1."),
            (streams < 1, "streams must be at least 1."),
        ]
        for (isWrong, text) in problems where isWrong { throw FreshetError(text) }
    }

    var hub: HubConfiguration {
        HubConfiguration(
            heartbeat: TimeAmount(heartbeat),
            coalescing: TimeAmount(coalescing),
            streamsPerUser: streamsPerUser,
            streams: streams,
            history: .init(entries: historyEntries)
        )
    }

    /// As browsers write them.
    var origins: Set<String> { Set(allowedOrigins.map(\.description)) }

    func api(servesHealth: Bool) -> APIConfiguration {
        APIConfiguration(basePath: basePath, allowedOrigins: origins, servesHealth: servesHealth)
    }
}
