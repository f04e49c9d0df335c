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
        case _ where isKey: return Self.isText(credential.text) ? .claim(SessionClaim(key: credential.text)) : .refused
        case .plain: return Self.reading(SessionClaim(key: credential.text))
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

    /// Whether every database can hold it as text, whatever its encoding: one that cannot fails a whole batch of lookups.
    private static func isText(_ key: String) -> Bool { !key.isEmpty && key.utf8.allSatisfy { 0 < $0 && $0 < 0x80 } }

    /// A claim that could be mistaken for a key's is none.
    private static func reading(_ claim: SessionClaim?) -> Reading {
        guard let claim, isText(claim.key), !claim.key.hasPrefix(keyPrefix) else { return .refused }
        return .claim(claim)
    }
}
