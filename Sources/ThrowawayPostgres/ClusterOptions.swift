/// What kind of cluster is wanted.
public struct ClusterOptions: Sendable {
    /// How a login shows who it is.
    public enum Authentication: String, Sendable {
        /// Any local login, as any role. Only behind the private socket directory.
        case trust
        /// A random password, in the conninfo.
        case scramSHA256 = "scram-sha-256"
    }

    /// How logins show who they are.
    public var authentication: Authentication

    /// Listen on 127.0.0.1 too, for what cannot speak over a Unix socket (a TCP proxy, TLS). Off: no port is taken.
    public var listensOnTCP: Bool
    /// Lines of `postgresql.conf`, by name; values are written quoted.
    public var settings: [String: String]

    /// Any local login, no TCP, and PostgreSQL's own settings, where nothing else is said.
    public init(
        authentication: Authentication = .trust,
        listensOnTCP: Bool = false,
        settings: [String: String] = [:]
    ) {
        self.authentication = authentication
        self.listensOnTCP = listensOnTCP
        self.settings = settings
    }

    /// Nothing here must survive a crash of the machine, and every suite shares the one cluster.
    package static let forTests = ClusterOptions(settings: [
        "fsync": "off", "full_page_writes": "off", "max_connections": "200",
    ])

    /// As an operator's own: commits are durable, so what a person times in the demo is true.
    package static let durable = ClusterOptions()
}
