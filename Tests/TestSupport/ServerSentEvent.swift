/// One thing that an event stream said, in the order of its bytes.
package enum EventStreamItem: Sendable, Hashable {
    case event(ServerSentEvent)
    /// A comment's text without its colon.
    case comment(String)
    /// The reconnection time in milliseconds.
    case retry(Int)
    /// A block that dispatches no event but moves the resume point; a browser's page is not woken by it.
    case position(String)
}

/// An event as a browser would dispatch it, and what a browser does not tell.
package struct ServerSentEvent: Sendable, Hashable {
    /// `message` where the block has no `event` field.
    package var type: String
    package var data: String
    /// The block's own `id` field.
    package var id: String?
    /// What a browser would send as `Last-Event-ID`: this block's id, else the last one before it.
    package var lastEventID: String

    package init(type: String = "message", data: String, id: String? = nil, lastEventID: String = "") {
        self.type = type
        self.data = data
        self.id = id
        self.lastEventID = lastEventID
    }
}
