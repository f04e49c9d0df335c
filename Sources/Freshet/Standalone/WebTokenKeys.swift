import TokenFormats

/// What JSON Web Tokens are verified by: secrets of HS256, or public keys. Never both, so that nobody can take a public key for a
/// secret.
public struct WebTokenKeys: Sendable {
    let keys: WebTokens.Keys

    /// Secrets of HS256, the newest first; all of them verify.
    ///
    /// - Returns: nil where one is shorter than the hash, 32 bytes (RFC 7518 §3.2), or there is none.
    public static func secrets(_ secrets: [String]) -> WebTokenKeys? {
        let all = secrets.map { TokenSecret($0) }
        guard !all.isEmpty, all.allSatisfy(\.isWebTokenSecret) else { return nil }
        return WebTokenKeys(keys: .secrets(all))
    }

    /// A set of public keys, which changes.
    ///
    /// - Parameter read: gives it; asked every five minutes, and for a key that is not known, but not again at once.
    public static func set(_ read: @escaping @Sendable () async throws -> PublicKeySet) -> WebTokenKeys {
        WebTokenKeys(keys: .set { try await read().set })
    }
}

/// A set of public keys as it was read at one time (RFC 7517).
public struct PublicKeySet: Sendable {
    let set: WebKeySet

    /// Reads its JSON. Keys of kinds that are not known here are passed over.
    ///
    /// - Throws: where it is no set, or holds no key that could be used.
    public init(json: [UInt8]) throws(FreshetError) {
        do {
            set = try WebKeySet(json: json)
        } catch let error as WebKeySet.NoKey {
            throw FreshetError(error.description)
        } catch {
            throw FreshetError("it is no set of keys (RFC 7517)")
        }
    }
}

/// What a JSON Web Token has to say beside its signature (RFC 7519 §4.1).
public struct WebTokenClaimRules: Sendable {
    /// Who must have made it; nil: anybody who has the key.
    public var issuer: String?

    /// Whom it must be for; nil: it may be for anybody, and for nobody named.
    public var audience: String?

    /// The claim that names the user; nil: `sub`.
    public var userClaim: String?

    /// The claim that names the session, which is looked up; nil: `session_id`, else `sid`.
    public var sessionClaim: String?

    /// Rules that leave open what is nil.
    public init(
        issuer: String? = nil,
        audience: String? = nil,
        userClaim: String? = nil,
        sessionClaim: String? = nil
    ) {
        self.issuer = issuer
        self.audience = audience
        self.userClaim = userClaim
        self.sessionClaim = sessionClaim
    }

    var rules: WebTokenRules {
        var rules = WebTokenRules(issuer: issuer, audience: audience)
        if let userClaim { rules.userClaim = userClaim }
        if let sessionClaim { rules.sessionClaims = [sessionClaim] }
        return rules
    }
}
