/// What an operator may set of the HTTP interface.
package struct APIConfiguration: Sendable {
    /// Where the routes begin: `/api/invalidator`, or empty for the root. It never ends with a slash.
    package var basePath: String

    /// The cookies that may hold a session's token; the first that is present counts.
    package var cookies: [String]

    /// Whether a client without a credential hears `global`.
    package var allowsAnonymous: Bool

    /// The foreign origins whose pages may ask, `https://app.example.com`.
    package var allowedOrigins: Set<String>

    /// Whether health is told on this port; false where an admin port is set.
    package var servesHealth: Bool

    package init(
        basePath: String = "/api/invalidator",
        cookies: [String] = ["freshet_session"],
        allowsAnonymous: Bool = false,
        allowedOrigins: Set<String> = [],
        servesHealth: Bool = true
    ) {
        self.basePath = basePath
        self.cookies = cookies
        self.allowsAnonymous = allowsAnonymous
        self.allowedOrigins = allowedOrigins
        self.servesHealth = servesHealth
    }
}
