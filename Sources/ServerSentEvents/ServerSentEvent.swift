/// One event, as the standard dispatches it.
package struct ServerSentEvent: Sendable, Hashable {
    /// `message` where the stream does not name one.
    package var type: String

    /// The values of the block's `data` fields, joined by line feeds.
    package var data: String

    /// What a client that reconnects after this event sends as `Last-Event-ID`: the block's own id, else the last one
    /// before it. Empty where there was none.
    package var lastEventID: String

    package init(type: String = "message", data: String, lastEventID: String = "") {
        self.type = type
        self.data = data
        self.lastEventID = lastEventID
    }
}
