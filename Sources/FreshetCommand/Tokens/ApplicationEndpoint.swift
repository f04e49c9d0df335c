import AsyncHTTPClient
import Invalidation
import NIOHTTP1
import SessionAuth

/// The application's own word for who asks (`--auth-url`).
struct ApplicationEndpoint: SessionEndpoint {
    let url: String

    func answer(to question: EndpointQuestion) async -> EndpointAnswer {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: "application/json")
        if let cookie = question.cookie {
            request.headers.add(name: "Cookie", value: "\(cookie)=\(question.text)")
        } else {
            request.headers.add(name: "Authorization", value: "Bearer \(question.text)")
        }
        return await OutwardHTTP.ask(request) { (body: Body) in
            guard let user = body.user?.text else { return .none }
            let session = Session(
                userID: user,
                sessionID: body.session?.text,
                isAdmin: body.isAdmin ?? false,
                scopes: body.scopes ?? []
            )
            return .session(session, expiresAt: body.end?.seconds)
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
