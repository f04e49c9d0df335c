import Freshet
import HTTPTypes
import Hummingbird
import NIOCore

/// The to-do application's page, and the way to the operator's.
struct PageRoutes: Sendable {
    let announcement: DemoAnnouncement

    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    ]

    /// The page loads and asks what is its own, and nothing else.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    func add(to group: RouterGroup<ServerContext>) {
        for (name, text) in EmbeddedFiles.demo {
            guard let type = Self.types[String(name.drop { $0 != "." }.dropFirst())] else { continue }
            let body = ByteBuffer(string: text)
            group.get(name == "index.html" ? "/" : RouterPath(name)) { _, _ in Self.response(body, type: type) }
        }
        group.get("demo.json") { _, _ in
            Self.response(ByteBuffer(bytes: announcement.json), type: "application/json")
        }
        group.get("operator") { _, _ in Self.signedIn(announcement.operatorToken) }
    }

    /// Goes on to the operator's page with a session in a cookie, which no other page of this origin is sent.
    private static func signedIn(_ token: String) -> Response {
        let path = "/api/invalidator"
        return Response(
            status: .seeOther,
            headers: [
                .location: "\(path)/admin", .cacheControl: "no-store",
                .setCookie: "freshet_session=\(token); Path=\(path); HttpOnly; SameSite=Strict",
            ]
        )
    }

    static func response(_ body: ByteBuffer, type: String, status: HTTPResponse.Status = .ok) -> Response {
        var fields: HTTPFields = [.contentType: type, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"]
        fields[.contentSecurityPolicy] = policy
        if let name = HTTPField.Name("Referrer-Policy") { fields[name] = "no-referrer" }
        return Response(status: status, headers: fields, body: .init(byteBuffer: body))
    }
}
