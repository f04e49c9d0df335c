/// What an operator may set of how credentials come in.
package struct CredentialAccess: Sendable {
    /// The cookies that may hold a session's token; the first that is present counts.
    package var cookies: [String]

    /// Whether a cookie's value is percent-decoded before anything else is done with it.
    package var decodesCookies: Bool

    /// Whether a client without a credential hears `global`.
    package var allowsAnonymous: Bool

    /// How many credentials that are none an address may come with in a minute; zero is no limit.
    package var failuresPerMinute: Int

    /// The proxies whose word counts about who asked.
    package var trustedProxies: TrustedProxies

    package init(
        cookies: [String],
        decodesCookies: Bool,
        allowsAnonymous: Bool,
        failuresPerMinute: Int,
        trustedProxies: TrustedProxies
    ) {
        self.cookies = cookies
        self.decodesCookies = decodesCookies
        self.allowsAnonymous = allowsAnonymous
        self.failuresPerMinute = failuresPerMinute
        self.trustedProxies = trustedProxies
    }
}
