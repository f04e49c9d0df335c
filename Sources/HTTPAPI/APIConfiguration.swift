/// What an operator may set of the HTTP interface.
package struct APIConfiguration: Sendable {
    /// Where the routes begin: `/api/invalidator`, or empty for the root. It never ends with a slash.
    package var basePath: String

    /// The cookies that may hold a session's token; the first that is present counts.
    package var cookies: [String]

    /// Whether a cookie's value is percent-decoded before anything else is done with it.
    package var decodesCookies: Bool

    /// Whether a client without a credential hears `global`.
    package var allowsAnonymous: Bool

    /// The foreign origins whose pages may ask, `https://app.example.com`.
    package var allowedOrigins: Set<String>

    /// Whether health is told on this port; false where an admin port is set.
    package var servesHealth: Bool

    /// How many credentials that are none an address may come with in a minute; zero is no limit.
    package var failuresPerMinute: Int

    /// The proxies whose word counts about who asked.
    package var trustedProxies: TrustedProxies

    package init(
        basePath: String = "/api/invalidator",
        cookies: [String] = ["freshet_session"],
        decodesCookies: Bool = true,
        allowsAnonymous: Bool = false,
        allowedOrigins: Set<String> = [],
        servesHealth: Bool = true,
        failuresPerMinute: Int = 300,
        trustedProxies: TrustedProxies = TrustedProxies()
    ) {
        self.basePath = basePath
        self.cookies = cookies
        self.decodesCookies = decodesCookies
        self.allowsAnonymous = allowsAnonymous
        self.allowedOrigins = allowedOrigins
        self.servesHealth = servesHealth
        self.failuresPerMinute = failuresPerMinute
        self.trustedProxies = trustedProxies
    }
}
