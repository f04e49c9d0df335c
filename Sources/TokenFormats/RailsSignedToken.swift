import Crypto
import Foundation

/// A signed cookie of Rails 7 and 8 (`cookies.signed`): `data--digest`, where the digest is an HMAC-SHA1 in hexadecimal.
///
/// The data names the cookie that it was made for and when it ends. What it holds is JSON: the session's id, a number.
struct RailsSignedToken: TokenFormat {
    private let keys: [SymmetricKey]

    /// - Parameter salt: `config.action_dispatch.signed_cookie_salt`.
    init(secrets: [TokenSecret], salt: String) {
        keys = secrets.map { SymmetricKey(derivedFrom: $0, salt: salt, byteCount: 64) }
    }

    func claim(of token: PresentedToken, now: Double) -> SessionClaim? {
        guard let dashes = token.text.range(of: "--", options: .backwards),
            let digest = Hexadecimal.decode(token.text[dashes.upperBound...])
        else { return nil }
        let data = token.text[..<dashes.lowerBound]
        let isSigned = keys.contains {
            HMAC<Insecure.SHA1>.isValidAuthenticationCode(digest, authenticating: Array(data.utf8), using: $0)
        }
        guard isSigned, let json = Base64.decode(data, .standard),
            let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(json)).rails,
            // Signed for this cookie, and not for another with a smaller purpose.
            let cookie = token.cookie, envelope.purpose == "cookie.\(cookie)"
        else { return nil }
        var end: Double?
        if let text = envelope.end {
            guard let date = Self.date(text) else { return nil }
            end = date
            guard date > now else { return nil }
        }
        guard let message = Base64.decode(envelope.message, .standard),
            let value = try? JSONDecoder().decode(Value.self, from: Data(message))
        else { return nil }
        return SessionClaim(key: value.text, notAfter: end)
    }

    private struct Envelope: Decodable {
        let rails: Metadata
        enum CodingKeys: String, CodingKey { case rails = "_rails" }
    }

    private struct Metadata: Decodable {
        let message: String
        let purpose: String?
        let end: String?
        enum CodingKeys: String, CodingKey {
            case message
            case purpose = "pur"
            case end = "exp"
        }
    }

    /// The session's id: a number, or a UUID.
    private struct Value: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int64.self) {
                text = String(number)
            } else {
                text = try container.decode(String.self)
            }
        }
    }

    /// ISO 8601, with or without a fraction, as Rails writes it in UTC.
    private static func date(_ text: String) -> Double? {
        for style in [Date.ISO8601FormatStyle(includingFractionalSeconds: true), Date.ISO8601FormatStyle()] {
            if let date = try? style.parse(text) { return date.timeIntervalSince1970 }
        }
        return nil
    }
}
