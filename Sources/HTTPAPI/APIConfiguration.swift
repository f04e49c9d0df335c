/// What an operator may set of the HTTP interface, whoever finds out who asks.
package struct APIConfiguration: Sendable {
    /// Where the routes begin: `/api/invalidator`, or empty for the root. It never ends with a slash.
    package var basePath: String

    /// The foreign origins whose pages may ask, `https://app.example.com`.
    package var allowedOrigins: Set<String>

    /// Whether health is told on this port; false where an admin port is set, or somebody else tells it.
    package var servesHealth: Bool

    package init(basePath: String, allowedOrigins: Set<String> = [], servesHealth: Bool) {
        self.basePath = basePath
        self.allowedOrigins = allowedOrigins
        self.servesHealth = servesHealth
    }
}
