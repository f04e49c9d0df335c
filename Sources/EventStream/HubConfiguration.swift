package import Invalidation
package import NIOCore

/// What an operator may set of the streams.
package struct HubConfiguration: Sendable {
    /// How often an idle stream's resume point is moved.
    package var heartbeat: TimeAmount

    /// How long a client may leave what it is sent unread before its stream ends as `slow`.
    package var patience: TimeAmount

    /// The least time between two events of one stream; none where it is zero.
    package var coalescing: TimeAmount

    package var streamsPerUser: Int

    /// The most open streams in all.
    package var streams: Int
    package var history: History.Limit

    package init(
        heartbeat: TimeAmount = .seconds(15),
        patience: TimeAmount = .seconds(60),
        coalescing: TimeAmount = .zero,
        streamsPerUser: Int = 20,
        streams: Int = 100_000,
        history: History.Limit = .init()
    ) {
        self.heartbeat = heartbeat
        self.patience = patience
        self.coalescing = coalescing
        self.streamsPerUser = streamsPerUser
        self.streams = streams
        self.history = history
    }
}
