import Crypto

/// The signed session cookie of Plug, which Phoenix uses: `SFMyNTY.payload.signature` with an HMAC-SHA256 over the first two
/// parts as written. The payload is a map as Erlang writes terms; `mix phx.gen.auth` puts the session's token into it.
struct PlugSignedToken: TokenFormat {
    private static let header = "SFMyNTY"
    private let keys: [SymmetricKey]

    /// - Parameters:
    ///   - secrets: `secret_key_base`.
    ///   - salt: the endpoint's `signing_salt`.
    init(secrets: [TokenSecret], salt: String) {
        keys = secrets.map { SymmetricKey(derivedFrom: $0, salt: salt, byteCount: 32) }
    }

    /// The key is the token's 32 bytes in hexadecimal digits.
    func claim(of token: PresentedToken, now: Double) -> SessionClaim? {
        let parts = token.text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == Self.header, let signature = Base64.decode(parts[2], .url) else {
            return nil
        }
        let signed = Array("\(parts[0]).\(parts[1])".utf8)
        let isSigned = keys.contains {
            HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: signed, using: $0)
        }
        guard isSigned, let payload = Base64.decode(parts[1], .url),
            let session = ErlangTerm(externalFormat: payload),
            case .binary(let bytes)? = session["user_token"], bytes.count == 32
        else { return nil }
        return SessionClaim(key: Hexadecimal.text(of: bytes))
    }
}
