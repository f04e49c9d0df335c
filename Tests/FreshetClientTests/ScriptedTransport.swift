import FreshetClient
import Synchronization

/// A service whose every word the test says.
final class ScriptedTransport: StreamTransport {
    /// One request, and what answers it.
    final class Connection: TransportBody {
        private enum Word {
            case bytes([UInt8])
            case failure(any Error)
        }

        let request: TransportRequest
        private let head = AsyncStream<Result<(status: Int, fields: [(name: String, value: String)]), any Error>>
            .makeStream()
        private let words = AsyncStream<Word>.makeStream()
        private let closing = AsyncStream<Void>.makeStream()

        /// How often bytes were asked for.
        private let reads = AsyncStream<Void>.makeStream()

        init(_ request: TransportRequest) { self.request = request }

        subscript(name: String) -> String? { request.fields.first { $0.name == name }?.value }

        // MARK: What the test says

        func answer(_ status: Int = 200, _ fields: [(name: String, value: String)]? = nil) {
            head.continuation.yield(
                .success((status, fields ?? [("content-type", "text/event-stream; charset=utf-8")]))
            )
            head.continuation.finish()
        }

        func refuse(_ status: Int) {
            answer(status, [])
            end()
        }

        func fail(beforeAnswering error: any Error) {
            head.continuation.yield(.failure(error))
            head.continuation.finish()
        }

        func say(_ text: String) { say(bytes: Array(text.utf8)) }

        func say(bytes: [UInt8]) { words.continuation.yield(.bytes(bytes)) }

        func say(_ event: String, _ data: String, id: String) { say("id: \(id)\nevent: \(event)\ndata: \(data)\n\n") }

        func welcome(id: String = "k1-1", resumed: Bool = true) {
            answer()
            say("welcome", #"{"user":"1","scopes":["global","user/1"],"resumed":\#(resumed)}"#, id: id)
        }

        func end() { words.continuation.finish() }

        func fail(_ error: any Error) { words.continuation.yield(.failure(error)) }

        /// Returns when the client has closed it.
        func waitUntilClosed() async { for await _ in closing.stream {} }

        /// Returns when bytes are asked for once more.
        func waitUntilRead() async { for await _ in reads.stream { return } }

        // MARK: What the client does

        fileprivate func response() async throws -> TransportResponse {
            for await head in head.stream {
                let (status, fields) = try head.get()
                return TransportResponse(status: status, fields: fields, body: self)
            }
            closing.continuation.finish()
            throw CancellationError()
        }

        func next() async throws -> [UInt8]? {
            reads.continuation.yield()
            for await word in words.stream {
                switch word {
                case .bytes(let bytes): return bytes
                case .failure(let error): throw error
                }
            }
            return nil
        }

        func close() {
            words.continuation.finish()
            closing.continuation.finish()
        }
    }

    private let opened = AsyncStream<Connection>.makeStream()
    private let total = Atomic(0)

    /// How many connections there were.
    var count: Int { total.load(ordering: .sequentiallyConsistent) }

    func connect(_ request: TransportRequest) async throws -> TransportResponse {
        let connection = Connection(request)
        total.add(1, ordering: .sequentiallyConsistent)
        opened.continuation.yield(connection)
        return try await connection.response()
    }

    /// The next connection that is asked for.
    func next() async throws -> Connection {
        for await connection in opened.stream { return connection }
        throw CancellationError()
    }
}
