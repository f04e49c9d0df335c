/// What a JSON Web Token has to say beside its signature (RFC 7519 §4.1).
package struct WebTokenRules: Sendable {
    /// Who must have made it; nil: anybody who has the key.
    package var issuer: String?

    /// Whom it must be for; nil: it may be for anybody, and for nobody named.
    package var audience: String?

    /// The claim that names the user.
    package var userClaim: String

    /// The claims that may name the session, the first that is there counts: a token that names none is refused, because no
    /// logout could end it.
    package var sessionClaims: [String]

    package init(
        issuer: String? = nil,
        audience: String? = nil,
        userClaim: String = "sub",
        sessionClaims: [String] = ["session_id", "sid"]
    ) {
        self.issuer = issuer
        self.audience = audience
        self.userClaim = userClaim
        self.sessionClaims = sessionClaims
    }
}
