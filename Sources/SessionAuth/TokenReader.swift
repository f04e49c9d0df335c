import Foundation
package import TokenFormats

/// What stands between what a client sends and the lookup: the one format that this service was told of.
package enum TokenReader: Sendable {
    /// The credential itself is looked up.
    case plain

    /// It is verified first, and what fails that is looked up nowhere.
    case format(any TokenFormat)

    /// JSON Web Tokens, for which keys may have to be asked for.
    case web(WebTokens)

    /// It goes on as it came to somebody who knows.
    case forward(any SessionEndpoint)

    /// Whether credentials go on as they came.
    package var isForwarded: Bool { if case .forward = self { true } else { false } }

    /// What every API key begins with, whatever format sessions have.
    static let keyPrefix = "freshet_key_"

    enum Reading: Sendable {
        case claim(SessionClaim)
        case refused

        /// It takes a while.
        case later(@Sendable () async -> Reading)

        /// What would verify it cannot be had for now.
        case unavailable
    }

    func read(_ credential: Credential) -> Reading {
        // Only a bearer token is an API key.
        let isKey = credential.cookie == nil && credential.text.hasPrefix(Self.keyPrefix)
        let token = PresentedToken(credential.text, cookie: credential.cookie)
        switch self {
        case .plain: return .claim(SessionClaim(key: credential.text))
        case .format where isKey, .web where isKey, .forward where isKey:
            return .claim(SessionClaim(key: credential.text))
        case .format(let format): return Self.reading(format.claim(of: token, now: Date().timeIntervalSince1970))
        case .forward: return .claim(EndpointQuestion.claim(of: credential))
        case .web(let tokens):
            return .later {
                switch await tokens.verdict(on: token, now: Date().timeIntervalSince1970) {
                case .claim(let claim): Self.reading(claim)
                case .refused: .refused
                case .unavailable: .unavailable
                }
            }
        }
    }

    /// A claim that could be mistaken for a key's, or that PostgreSQL's text cannot hold, is none.
    private static func reading(_ claim: SessionClaim?) -> Reading {
        guard let claim, !claim.key.isEmpty, !claim.key.hasPrefix(keyPrefix), !claim.key.utf8.contains(0) else {
            return .refused
        }
        return .claim(claim)
    }
}
