/// An event stream's reader for tests: it shows what a browser hides, and can misbehave.
package final class SSEClient: EventStreamReading {
    package let head: HTTPResponseHead
    package let connection: HTTPConnection
    package let record = EventStreamRecord()

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

    package func takeBytes() async throws -> [UInt8]? {
        guard case .body(let bytes) = try await connection.take() else { return nil }
        return bytes
    }
}
