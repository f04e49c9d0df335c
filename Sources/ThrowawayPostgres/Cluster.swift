/// A running PostgreSQL of our own; made by ``withCluster(_:_:)``, or from another by ``Cluster/withStandby(_:)``.
public struct Cluster: Sendable {
    /// The programs that it was made with.
    public let binaries: ServerBinaries

    /// Holds the data, the log and the socket; gone when the cluster's scope ends.
    public let directory: String

    /// Of its socket, and of TCP where it listens there.
    public let port: Int

    /// The superuser `postgres`'s, where the cluster asks for one.
    public let password: String?
    package let listensOnTCP: Bool

    let supervisor: Supervisor

    package enum Transport: Sendable {
        case socket
        case tcp
    }

    package enum StopMode: String, Sendable {
        /// Waits for sessions to end by themselves.
        case smart = "TERM"
        /// Ends sessions, writes a checkpoint.
        case fast = "INT"
        /// Ends everything at once; the next start recovers from the log.
        case immediate = "QUIT"
    }

    /// A libpq conninfo for a database of this cluster.
    ///
    /// - Parameter port: Another port on 127.0.0.1 than the server's, for a proxy in between; implies TCP.
    package func conninfo(
        database: String = "postgres",
        user: String = "postgres",
        over transport: Transport = .socket,
        port: Int? = nil
    ) -> String {
        let host = transport == .tcp || port != nil ? "127.0.0.1" : directory
        var parts = [("host", host), ("port", String(port ?? self.port)), ("user", user), ("dbname", database)]
        if let password { parts.append(("password", password)) }
        return parts.map { "\($0)=\(Self.conninfoValue($1))" }.joined(separator: " ")
    }

    /// The socket's path, for a proxy that stands in front of it.
    package var socketPath: String { "\(directory)/.s.PGSQL.\(port)" }

    /// What the server has logged since the cluster was made.
    package var logPath: String { "\(directory)/server.log" }

    package func start() async throws {
        try await supervisor.perform("start", step: "start")
    }

    package func stop(_ mode: StopMode = .fast) async throws {
        try await supervisor.perform("stop \(mode.rawValue)", step: "stop")
    }

    package func restart(_ mode: StopMode = .fast) async throws {
        try await stop(mode)
        try await start()
    }

    /// SIGKILL to the postmaster, as the kernel's out-of-memory killer would; its backends then end by themselves.
    package func crash() async throws {
        try await supervisor.perform("stop KILL", step: "be killed")
    }

    /// The postmaster's process id; nil while the server is stopped.
    package func postmaster() async throws -> Int32? {
        Int32(try await supervisor.perform("postmaster", step: "name its postmaster"))
    }

    /// As libpq's manual wants it (33.1.1.1): single quotes, with backslashes before quotes and backslashes.
    private static func conninfoValue(_ value: String) -> String {
        let plain = value.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-._/@".utf8.contains(byte)
        }
        guard !plain || value.isEmpty else { return value }
        let escaped = value.flatMap { $0 == "'" || $0 == "\\" ? ["\\", $0] : [$0] }
        return "'\(String(escaped))'"
    }
}
