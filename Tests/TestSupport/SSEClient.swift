import DequeModule
import Synchronization

/// An event stream's reader for tests: it shows what a browser hides, and can misbehave.
package final class SSEClient: Sendable {
    package let head: HTTPResponseHead
    package let connection: HTTPConnection

    private struct State {
        var parser = EventStreamParser()
        var pending: Deque<EventStreamItem> = []
        var seen: Deque<EventStreamItem> = []
    }

    private let state = Mutex(State())

    private init(head: HTTPResponseHead, connection: HTTPConnection) {
        self.head = head
        self.connection = connection
    }

    /// Sends the request and waits for the response's head, whatever its status is.
    package static func connect(
        host: String = "127.0.0.1",
        port: Int,
        _ target: String,
        fields: [(name: String, value: String)] = [],
        options: HTTPConnection.Options = .init()
    ) async throws -> SSEClient {
        let connection = try await HTTPConnection.open(host: host, port: port, options: options)
        do {
            let request = TestRequest("GET", target, fields: [("Accept", "text/event-stream")] + fields)
            try await connection.send(request.bytes(host: "\(host):\(port)"))
            guard case .head(let head) = try await connection.next() else {
                throw StreamEnded(seen: [])
            }
            return SSEClient(head: head, connection: connection)
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Connects, and closes when `body` has ended.
    @discardableResult
    package static func withStream<Result>(
        host: String = "127.0.0.1",
        port: Int,
        _ target: String,
        fields: [(name: String, value: String)] = [],
        options: HTTPConnection.Options = .init(),
        _ body: (SSEClient) async throws -> Result
    ) async throws -> Result {
        let client = try await connect(host: host, port: port, target, fields: fields, options: options)
        do {
            let result = try await body(client)
            await client.connection.close()
            return result
        } catch {
            await client.connection.close()
            throw error
        }
    }

    /// What a browser would send as `Last-Event-ID` if the connection broke now.
    package var lastEventID: String {
        state.withLock { state in
            for item in state.seen.reversed() {
                switch item {
                case .event(let event): return event.lastEventID
                case .position(let id): return id
                case .comment, .retry: continue
                }
            }
            return ""
        }
    }

    /// The last thousand things that the reader has taken, oldest first.
    package var seen: [EventStreamItem] { state.withLock { Array($0.seen) } }

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
            if let item = takePending() { return item }
            guard case .body(let bytes) = try await connection.take() else { return nil }
            state.withLock { state in state.pending += state.parser.consume(bytes) }
        }
    }

    private var story: String { "it had said \(seen.suffix(20))" }

    private func takePending() -> EventStreamItem? {
        state.withLock { state in
            guard let item = state.pending.popFirst() else { return nil }
            if state.seen.count == 1000 { state.seen.removeFirst() }
            state.seen.append(item)
            return item
        }
    }
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
