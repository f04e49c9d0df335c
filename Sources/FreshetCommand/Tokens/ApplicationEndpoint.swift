import AsyncHTTPClient
import Freshet
import NIOHTTP1

/// The application's own word for who asks (`--auth-url`).
struct ApplicationEndpoint: SessionEndpoint {
    let url: String

    func answer(to credential: PresentedCredential) async throws(EndpointFailure) -> SessionAnswer {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: "application/json")
        if let cookie = credential.cookie {
            request.headers.add(name: "Cookie", value: "\(cookie)=\(credential.text)")
        } else {
            request.headers.add(name: "Authorization", value: "Bearer \(credential.text)")
        }
        return try await OutwardHTTP.ask(request) { (body: Body) in
            guard let user = body.user?.text else { return .unauthorized }
            return .session(
                user: user,
                id: body.session?.text,
                isAdmin: body.isAdmin ?? false,
                scopes: body.scopes ?? [],
                expiresAt: body.end?.seconds
            )
        }
    }

    private struct Body: Decodable {
        let user: JSONWord?
        let session: JSONWord?
        let end: JSONTime?
        let isAdmin: Bool?
        let scopes: [String]?

        enum CodingKeys: String, CodingKey {
            case user = "user_id"
            case session = "session_id"
            case end = "expires_at"
            case isAdmin = "is_admin"
            case scopes
        }
    }
}
