import ServerSentEvents

/// What has been read of a stream and not given out, and the id that the next connection resumes from.
///
/// That id never runs ahead of what the caller was given: an event's counts as reached when the caller asks for the next
/// one, and an id that came without an event, after all events before it.
struct StreamProgress: Sendable {
    /// What the next connection sends as `Last-Event-ID`; empty: it sends none.
    private(set) var reached: String

    private var parser: EventStreamParser

    /// What the last piece of the response completed; no further piece is read before all of it is given out.
    private var items: ArraySlice<EventStreamItem> = []
    private var given: String?

    init(lastEventID: String) {
        reached = lastEventID
        parser = EventStreamParser(lastEventID: lastEventID)
    }

    /// A response begins.
    mutating func begin() {
        items = []
        parser = EventStreamParser(lastEventID: reached)
    }

    mutating func read(_ bytes: [UInt8]) throws(EventStreamFailure) { items = try parser.consume(bytes)[...] }

    /// The caller has what it was given last.
    mutating func confirm() {
        if let given { reached = given }
        given = nil
    }

    /// The next event or `retry`; nil where more has to be read.
    mutating func next() -> EventStreamItem? {
        while let item = items.popFirst() {
            switch item {
            case .lastEventID(let id): reached = id
            case .retry: return item
            case .event(let event):
                given = event.lastEventID
                return item
            }
        }
        return nil
    }
}
