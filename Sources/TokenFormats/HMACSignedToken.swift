import Crypto

/// `token.signature`, where the signature is the HMAC-SHA256 of the token in base64: Better Auth, and with `s:` in front and
/// without padding cookie-signature, which Express uses.
struct HMACSignedToken: TokenFormat {
    private let keys: [SymmetricKey]

    init(secrets: [TokenSecret]) { keys = secrets.map { SymmetricKey(data: $0.bytes) } }

    func claim(of token: PresentedToken, now: Double) -> SessionClaim? {
        let text = token.text.hasPrefix("s:") ? token.text.dropFirst(2) : token.text[...]
        // A token may hold a dot itself.
        guard let dot = text.lastIndex(of: "."), dot > text.startIndex,
            let signature = Base64.decode(text[text.index(after: dot)...], .standard)
        else { return nil }
        let key = text[..<dot]
        let isSigned = keys.contains {
            HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: Array(key.utf8), using: $0)
        }
        return isSigned ? SessionClaim(key: String(key)) : nil
    }
}
