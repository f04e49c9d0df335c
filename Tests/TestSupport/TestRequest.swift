/// A request to be written as it stands: nothing is checked, so that a test can send what no sound client would.
package struct TestRequest: Sendable {
    package var method: String
    /// Path and query, percent-encoded by the caller.
    package var target: String
    /// In this order. `Host` and `Content-Length` are added where they are missing.
    package var fields: [(name: String, value: String)]
    package var body: [UInt8]?

    package init(
        _ method: String = "GET",
        _ target: String,
        fields: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }

    /// A JSON text as body.
    package init(_ method: String, _ target: String, fields: [(name: String, value: String)] = [], json: String) {
        self.init(method, target, fields: fields + [("Content-Type", "application/json")], body: Array(json.utf8))
    }

    package func bytes(host: String) -> [UInt8] {
        var lines = ["\(method) \(target) HTTP/1.1"]
        if !has("Host") { lines.append("Host: \(host)") }
        lines += fields.map { "\($0.name): \($0.value)" }
        if let body, !has("Content-Length"), !has("Transfer-Encoding") { lines.append("Content-Length: \(body.count)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (body ?? [])
    }

    private func has(_ name: String) -> Bool {
        fields.contains { $0.name.lowercased() == name.lowercased() }
    }
}
