import DequeModule
import Synchronization

/// A reader of one event stream, whatever carries its bytes.
package protocol EventStreamReading: Sendable {
    var record: EventStreamRecord { get }

    /// The next bytes of the stream; nil after its end.
    func takeBytes() async throws -> [UInt8]?
}

/// What a reader has read and what it has not asked for yet.
package final class EventStreamRecord: Sendable {
    private struct State {
        var parser = EventStreamParser()
        var pending: Deque<EventStreamItem> = []
        var seen: Deque<EventStreamItem> = []
    }

    private let state = Mutex(State())

    init() {}

    fileprivate var seen: [EventStreamItem] { state.withLock { Array($0.seen) } }

    fileprivate func consume(_ bytes: [UInt8]) {
        state.withLock { state in state.pending += state.parser.consume(bytes) }
    }

    fileprivate func takePending() -> EventStreamItem? {
        state.withLock { state in
            guard let item = state.pending.popFirst() else { return nil }
            if state.seen.count == 1000 { state.seen.removeFirst() }
            state.seen.append(item)
            return item
        }
    }
}

extension EventStreamReading {
    /// What a browser would send as `Last-Event-ID` if the connection broke now.
    package var lastEventID: String {
        for item in record.seen.reversed() {
            switch item {
            case .event(let event): return event.lastEventID
            case .position(let id): return id
            case .comment, .retry: continue
            }
        }
        return ""
    }

    /// The last thousand things that the reader has taken, oldest first.
    package var seen: [EventStreamItem] { record.seen }

    /// The next thing on the stream; nil after its end.
    package func next(within limit: Duration = patience) async throws -> EventStreamItem? {
        try await withDeadline("the stream's next word; \(self.story)", within: limit) { try await self.take() }
    }

    /// The next thing that is wanted; what comes before it is passed over, and cannot put the limit off.
    package func next(
        within limit: Duration = patience,
        where isWanted: @escaping @Sendable (EventStreamItem) -> Bool
    ) async throws -> EventStreamItem {
        try await withDeadline("what the test wants; \(self.story)", within: limit) {
            while let item = try await self.take() {
                if isWanted(item) { return item }
            }
            throw StreamEnded(seen: self.seen)
        }
    }

    /// The next event; comments, retry times and bare positions before it are passed over.
    ///
    /// The limit is for all of them: heartbeats do not keep a test alive.
    package func nextEvent(within limit: Duration = patience) async throws -> ServerSentEvent {
        try await withDeadline("an event; \(self.story)", within: limit) {
            while let item = try await self.take() {
                if case .event(let event) = item { return event }
            }
            throw StreamEnded(seen: self.seen)
        }
    }

    /// The next event, which has to be of this type.
    package func nextEvent(_ type: String, within limit: Duration = patience) async throws -> ServerSentEvent {
        let event = try await nextEvent(within: limit)
        guard event.type == type else { throw UnexpectedEvent(expected: type, event: event) }
        return event
    }

    /// Everything up to the stream's end.
    package func rest(within limit: Duration = patience) async throws -> [EventStreamItem] {
        try await withDeadline("the stream's end; \(self.story)", within: limit) {
            var items: [EventStreamItem] = []
            while let item = try await self.take() { items.append(item) }
            return items
        }
    }

    private func take() async throws -> EventStreamItem? {
        while true {
            if let item = record.takePending() { return item }
            guard let bytes = try await takeBytes() else { return nil }
            record.consume(bytes)
        }
    }

    private var story: String { "it had said \(seen.suffix(20))" }
}

/// The stream ended where a test waited for more.
package struct StreamEnded: Error, CustomStringConvertible {
    package let seen: [EventStreamItem]

    package var description: String { "the stream ended too early; it had said \(seen.suffix(20))" }
}

/// Another event came than the one that was due.
package struct UnexpectedEvent: Error, CustomStringConvertible {
    package let expected: String
    package let event: ServerSentEvent

    package var description: String { "expected an event \(expected), got \(event)" }
}
