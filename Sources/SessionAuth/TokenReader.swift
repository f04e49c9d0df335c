import Foundation
package import TokenFormats

/// What stands between what a client sends and the lookup: the one format that this service was told of.
package enum TokenReader: Sendable {
    /// The credential itself is looked up.
    case plain

    /// It is verified first, and what fails that is looked up nowhere.
    case format(any TokenFormat)

    /// What every API key begins with, whatever format sessions have.
    private static let keyPrefix = "freshet_key_"

    /// - Returns: nil where the credential verifies as nothing.
    func claim(of credential: Credential) -> SessionClaim? {
        let isKey = credential.text.hasPrefix(Self.keyPrefix)
        switch self {
        case .plain: return SessionClaim(key: credential.text)
        case .format where isKey && credential.cookie == nil: return SessionClaim(key: credential.text)
        case .format(let format):
            let token = PresentedToken(credential.text, cookie: credential.cookie)
            guard let claim = format.claim(of: token, now: Date().timeIntervalSince1970),
                // Only a bearer token is an API key.
                !claim.key.hasPrefix(Self.keyPrefix), !claim.key.isEmpty, !claim.key.utf8.contains(0)
            else { return nil }
            return claim
        }
    }
}
