/// One thing that an event stream says to its client.
package enum EventStreamItem: Sendable, Hashable {
    case event(ServerSentEvent)

    /// A block without data: it dispatches no event, and moves what is sent as `Last-Event-ID`.
    case lastEventID(String)

    /// How many milliseconds to wait before the next attempt to connect; it holds from the moment of its line.
    case retry(milliseconds: Int)
}
