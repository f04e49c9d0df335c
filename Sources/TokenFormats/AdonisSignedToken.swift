import Crypto
import Foundation

/// A signed cookie of AdonisJS 6: `s:` and `payload.signature`, where the signature is the HMAC-SHA256 of the payload as
/// written, in hexadecimal digits, which then stand in base64.
///
/// The payload is JSON and names the cookie that it was made for.
struct AdonisSignedToken: TokenFormat {
    private let keys: [SymmetricKey]

    /// - Parameter secrets: `APP_KEY`.
    init(secrets: [TokenSecret]) { keys = secrets.map { SymmetricKey(data: SHA256.hash(data: $0.bytes)) } }

    func claim(of token: PresentedToken, now: Double) -> SessionClaim? {
        guard token.text.hasPrefix("s:") else { return nil }
        let parts = token.text.dropFirst(2).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let digits = Base64.decode(parts[1], .url),
            let signature = Hexadecimal.decode(String(decoding: digits, as: UTF8.self))
        else { return nil }
        let isSigned = keys.contains {
            HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: Array(parts[0].utf8), using: $0)
        }
        guard isSigned, let json = Base64.decode(parts[0], .url),
            let payload = try? JSONDecoder().decode(Payload.self, from: Data(json)),
            // A session's cookie has no end of its own.
            let cookie = token.cookie, payload.purpose == cookie, payload.expiryDate == nil
        else { return nil }
        return SessionClaim(key: payload.message)
    }

    private struct Payload: Decodable {
        let message: String
        let purpose: String?
        let expiryDate: String?
    }
}
