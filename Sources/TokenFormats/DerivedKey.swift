import Crypto
import CryptoExtras

extension SymmetricKey {
    /// The key that Rails and Plug make of `secret_key_base`: PBKDF2 (RFC 8018 §5.2) with HMAC-SHA256 and 1,000 rounds.
    ///
    /// The secret is a long random one and no password, so few rounds are enough.
    init(derivedFrom secret: TokenSecret, salt: String, byteCount: Int) {
        let key = try? KDF.Insecure.PBKDF2.deriveKey(
            from: secret.bytes,
            salt: Array(salt.utf8),
            using: .sha256,
            outputByteCount: byteCount,
            unsafeUncheckedRounds: 1_000
        )
        guard let key else { preconditionFailure("these are sizes that PBKDF2 takes") }
        self = key
    }
}
