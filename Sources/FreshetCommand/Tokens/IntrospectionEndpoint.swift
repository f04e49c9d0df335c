import AsyncHTTPClient
import Foundation
import Freshet
import NIOHTTP1

/// An OAuth server's word for an opaque bearer token (RFC 7662).
struct IntrospectionEndpoint: SessionEndpoint {
    let url: String
    let client: String
    let secret: String

    func answer(to credential: PresentedCredential) async throws(EndpointFailure) -> SessionAnswer {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        // Both are form-encoded before they are joined (RFC 6749 §2.3.1).
        let credentials = "\(Self.encoded(client)):\(Self.encoded(secret))"
        request.headers.add(name: "Authorization", value: "Basic \(Data(credentials.utf8).base64EncodedString())")
        request.body = .bytes(Array("token=\(Self.encoded(credential.text))&token_type_hint=access_token".utf8))
        return try await OutwardHTTP.ask(request) { (body: Body) in
            guard body.active, let user = body.subject?.text ?? body.username?.text else { return .unauthorized }
            let id = body.session?.text ?? body.token?.text
            return .session(user: user, id: id, expiresAt: body.end?.seconds)
        }
    }

    private struct Body: Decodable {
        let active: Bool
        let subject: JSONWord?
        let username: JSONWord?
        let session: JSONWord?
        let token: JSONWord?
        let end: JSONTime?

        enum CodingKeys: String, CodingKey {
            case active, username
            case subject = "sub"
            case session = "sid"
            case token = "jti"
            case end = "exp"
        }
    }

    private static func encoded(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
