/// What kind of cluster is wanted.
package struct ClusterOptions: Sendable {
    package enum Authentication: String, Sendable {
        /// Any local login, as any role. Only behind the private socket directory.
        case trust
        /// A random password, in the conninfo.
        case scramSHA256 = "scram-sha-256"
    }

    package var authentication: Authentication
    /// Listen on 127.0.0.1 too, for what cannot speak over a Unix socket (a TCP proxy, TLS). Off: no port is taken.
    package var listensOnTCP: Bool
    /// Lines of `postgresql.conf`, by name; values are written quoted.
    package var settings: [String: String]

    package init(
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
