import Crypto
import Foundation

/// The sessions of Django's database backend: the cookie holds a plain key, and the row signed, compressed data, in which the
/// user's id is. SQL cannot read that, so it is read here, where the row has come.
package struct DjangoSessions: TokenFormat {
    /// What `freshet.authenticate` puts before the row's data, in the place of a user's id.
    package static let marker = "django:"

    /// As much as a session's data may be.
    private static let limit = 1 << 20

    private let signing: [SymmetricKey]

    /// In hexadecimal digits: the key by which Django proves that a session was begun with the user's present password.
    private let proving: [String]

    /// - Parameter secrets: `SECRET_KEY`, and those of `SECRET_KEY_FALLBACKS`.
    init(secrets: [TokenSecret]) {
        func key(_ salt: String, _ secret: TokenSecret) -> SHA256.Digest {
            SHA256.hash(data: Array(salt.utf8) + secret.bytes)
        }
        signing = secrets.map { SymmetricKey(data: key("django.contrib.sessions.SessionStore" + "signer", $0)) }
        let hashed = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        proving = secrets.map { Hexadecimal.text(of: key(hashed, $0)) }
    }

    /// The session's key, which has nothing to verify but its shape.
    package func claim(of token: PresentedToken, now: Double) -> SessionClaim? {
        let isKey =
            (8...64).contains(token.text.utf8.count)
            && token.text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) }
        return isKey ? SessionClaim(key: token.text) : nil
    }

    /// What to ask for next, when a session's row has come: `key/user/hash/proof`, one for each secret, of which at most one is
    /// the user's.
    ///
    /// - Parameters:
    ///   - claim: what was asked for.
    ///   - data: what stood in the user's place, without the marker.
    /// - Returns: nothing where the data is signed by nobody's secret, or nobody is logged in.
    package func claims(after claim: SessionClaim, data: some StringProtocol) -> [SessionClaim] {
        guard let user = user(in: data) else { return [] }
        return proving.map { SessionClaim(key: "\(claim.key)/\(user.id)/\(user.hash)/\($0)") }
    }

    private struct User: Decodable {
        let id: String
        let hash: String

        enum CodingKeys: String, CodingKey {
            case id = "_auth_user_id"
            case hash = "_auth_user_hash"
        }
    }

    /// `[.]payload:timestamp:signature`; a dot in front says that the payload is compressed.
    private func user(in data: some StringProtocol) -> User? {
        guard let colon = data.lastIndex(of: ":"),
            let signature = Base64.decode(data[data.index(after: colon)...], .url)
        else { return nil }
        let signed = data[..<colon]
        let isSigned = signing.contains {
            HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: Array(signed.utf8), using: $0)
        }
        guard isSigned, let end = signed.lastIndex(of: ":") else { return nil }
        let payload = signed[..<end]
        let isCompressed = payload.hasPrefix(".")
        guard let bytes = Base64.decode(isCompressed ? payload.dropFirst() : payload[...], .url),
            let json = isCompressed ? Inflate.zlib(bytes, limit: Self.limit) : bytes,
            let user = try? JSONDecoder().decode(User.self, from: Data(json)),
            // They go into one text, with slashes between them.
            !user.id.isEmpty, !user.id.contains("/"), !user.hash.contains("/")
        else { return nil }
        return user
    }
}
