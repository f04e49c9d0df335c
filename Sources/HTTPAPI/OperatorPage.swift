import HTTPTypes
import Hummingbird

/// The operator's page: one document that holds its style and its scripts, and asks for nothing of anybody else.
package struct OperatorPage: Sendable {
    /// The document up to each place where the nonce stands.
    private let parts: [String]

    /// - Parameter files: by name. `operator.html` names the others as `{{operator.css}}`, and the nonce as `{{nonce}}`.
    package init(_ files: [String: String]) {
        var html = files["operator.html", default: ""]
        for (name, text) in files where name != "operator.html" { html = html.replacing("{{\(name)}}", with: text) }
        parts = html.split(separator: "{{nonce}}", omittingEmptySubsequences: false).map(String.init)
    }

    /// The page for one request: nobody can know the nonce that its scripts bear.
    var response: Response {
        var random = SystemRandomNumberGenerator()
        let words: [UInt64] = [random.next(), random.next()]
        let nonce = words.map { String($0, radix: 36) }.joined()
        var fields: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
        ]
        fields[.contentSecurityPolicy] = """
            default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; connect-src 'self'; \
            base-uri 'none'; form-action 'none'; frame-ancestors 'none'
            """
        if let name = HTTPField.Name("Referrer-Policy") { fields[name] = "no-referrer" }
        return Response(
            status: .ok,
            headers: fields,
            body: .init(byteBuffer: ByteBuffer(string: parts.joined(separator: nonce)))
        )
    }
}
