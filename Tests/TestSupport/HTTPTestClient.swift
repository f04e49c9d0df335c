/// One request, one response, one connection.
package enum HTTPTestClient {
    package struct Response: Sendable {
        package let head: HTTPResponseHead
        package let body: [UInt8]

        package var status: Int { head.status }
        package var text: String { String(decoding: body, as: UTF8.self) }
        package subscript(field: String) -> String? { head[field] }
    }

    package static func send(
        _ request: TestRequest,
        host: String = "127.0.0.1",
        port: Int,
        within limit: Duration = patience
    ) async throws -> Response {
        let connection = try await HTTPConnection.open(host: host, port: port, method: request.method)
        do {
            try await connection.send(request.bytes(host: "\(host):\(port)"))
            let response = try await receive(from: connection, within: limit)
            await connection.close()
            return response
        } catch {
            await connection.close()
            throw error
        }
    }

    /// A whole response, for a test that has written its request by itself.
    package static func receive(
        from connection: HTTPConnection,
        within limit: Duration = patience
    ) async throws -> Response {
        try await withDeadline("the whole response", within: limit) {
            guard case .head(let head) = try await connection.take() else { throw StreamEnded(seen: []) }
            var body: [UInt8] = []
            while case .body(let bytes) = try await connection.take() { body += bytes }
            return Response(head: head, body: body)
        }
    }
}
