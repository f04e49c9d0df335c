package import Invalidation
package import NIOCore

/// What an operator may set of the streams.
package struct HubConfiguration: Sendable {
    /// How often an idle stream's resume point is moved.
    package var heartbeat: TimeAmount

    /// How long a client may leave what it is sent unread before its stream ends as `slow`.
    package var patience: TimeAmount

    package var streamsPerUser: Int
    package var history: History.Limit

    package init(
        heartbeat: TimeAmount = .seconds(15),
        patience: TimeAmount = .seconds(60),
        streamsPerUser: Int = 20,
        history: History.Limit = .init()
    ) {
        self.heartbeat = heartbeat
        self.patience = patience
        self.streamsPerUser = streamsPerUser
        self.history = history
    }
}
