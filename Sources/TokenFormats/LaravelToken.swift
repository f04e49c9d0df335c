import Crypto
import CryptoExtras
import Foundation

/// An encrypted cookie of Laravel: base64 of JSON with AES-256-CBC and an HMAC-SHA256 over it, or with AES-256-GCM.
///
/// The MAC is checked before anything is decrypted. The plain text begins with an HMAC of the cookie's name, so that one
/// cookie's value is of no use as another's; what follows is the session's id.
struct LaravelToken: TokenFormat {
    private let keys: [[UInt8]]

    /// - Parameter secrets: `APP_KEY`, `base64:…`, and those of `APP_PREVIOUS_KEYS`.
    /// - Returns: nil where one is no key.
    init?(secrets: [TokenSecret]) {
        keys = secrets.compactMap { secret in
            let text = String(decoding: secret.bytes, as: UTF8.self)
            let key = text.hasPrefix("base64:") ? Base64.decode(text.dropFirst(7), .standard) : secret.bytes
            return key?.count == 32 || key?.count == 16 ? key : nil
        }
        guard keys.count == secrets.count else { return nil }
    }

    func claim(of token: PresentedToken, now: Double) -> SessionClaim? {
        guard let cookie = token.cookie, let json = Base64.decode(token.text, .standard),
            let sealed = try? JSONDecoder().decode(Sealed.self, from: Data(json))
        else { return nil }
        for key in keys {
            guard let plain = open(sealed, key) else { continue }
            return id(in: plain, of: cookie, key).map { SessionClaim(key: $0) }
        }
        return nil
    }

    private struct Sealed: Decodable {
        let iv: String
        let value: String
        let mac: String?
        let tag: String?
    }

    private func open(_ sealed: Sealed, _ key: [UInt8]) -> [UInt8]? {
        guard let iv = Base64.decode(sealed.iv, .standard), let value = Base64.decode(sealed.value, .standard)
        else { return nil }
        let key = SymmetricKey(data: key)
        if let tag = sealed.tag, !tag.isEmpty {
            // A tag that is cut short would be easier to guess.
            guard iv.count == 12, let tag = Base64.decode(tag, .standard), tag.count == 16,
                let nonce = try? AES.GCM.Nonce(data: iv),
                let box = try? AES.GCM.SealedBox(nonce: nonce, ciphertext: value, tag: tag)
            else { return nil }
            return (try? AES.GCM.open(box, using: key)).map(Array.init)
        }
        guard let mac = sealed.mac.flatMap({ Hexadecimal.decode($0) }),
            HMAC<SHA256>.isValidAuthenticationCode(
                mac,
                authenticating: Array((sealed.iv + sealed.value).utf8),
                using: key
            ),
            let iv = try? AES._CBC.IV(ivBytes: iv)
        else { return nil }
        return (try? AES._CBC.decrypt(value, using: key, iv: iv)).map(Array.init)
    }

    private func id(in plain: [UInt8], of cookie: String, _ key: [UInt8]) -> String? {
        guard plain.count > 41, plain[40] == UInt8(ascii: "|"),
            let prefix = Hexadecimal.decode(String(decoding: plain[..<40], as: UTF8.self)),
            HMAC<Insecure.SHA1>.isValidAuthenticationCode(
                prefix,
                authenticating: Array((cookie + "v2").utf8),
                using: SymmetricKey(data: key)
            )
        else { return nil }
        let id = String(decoding: plain[41...], as: UTF8.self)
        // What the framework itself takes for an id.
        let isID = id.utf8.count == 40 && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return isID ? id : nil
    }
}
