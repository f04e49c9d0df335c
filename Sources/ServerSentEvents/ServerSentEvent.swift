/// One event, as the standard dispatches it.
public struct ServerSentEvent: Sendable, Hashable {
    /// `message` where the stream does not name one.
    public var type: String

    /// The values of the block's `data` fields, joined by line feeds.
    public var data: String

    /// What a client that reconnects after this event sends as `Last-Event-ID`: the block's own id, else the last one
    /// before it. Empty where there was none.
    public var lastEventID: String

    /// An event of these.
    public init(type: String = "message", data: String, lastEventID: String = "") {
        self.type = type
        self.data = data
        self.lastEventID = lastEventID
    }
}
