import LibPQ
import ThrowawayPostgres

/// The PostgreSQL of this test process: anybody over its socket; over TCP with TLS, and for those with a password.
struct ThrowawayServer: Sendable {
    static let password = "correct-horse-battery"

    private static let starting = Task { try await start() }

    static var shared: ThrowawayServer {
        get async throws { try await starting.value }
    }

    private let cluster: Cluster

    var directory: String { cluster.directory }
    var port: Int { cluster.port }

    /// The superuser over the local socket.
    var info: ConnectionInfo {
        get throws { try ConnectionInfo(cluster.conninfo()) }
    }

    /// A role with a password over TCP.
    func overTCP(port: Int? = nil, _ more: String = "") throws -> ConnectionInfo {
        let text = cluster.conninfo(user: "visitor", over: .tcp, port: port)
        return try ConnectionInfo("\(text) password=\(Self.password) \(more)")
    }

    private static func start() async throws -> ThrowawayServer {
        var options = ClusterOptions.forTests
        options.listensOnTCP = true
        let cluster = try await makeProcessCluster(options)
        try await cluster.psql(.text(preparation), variables: ["password": password])
        let server = ThrowawayServer(cluster: cluster)
        // The server takes its new settings when it gets to it.
        try await eventually {
            try await Connection.withConnection(server.info) { connection in
                try await connection.query("select from pg_settings where name = 'ssl' and setting = 'on'").count == 1
            }
        }
        return server
    }

    /// The certificate is made by the server, which alone may read the key.
    private static let preparation = """
        create role visitor superuser login password :'password';
        do $$
        declare
            data text := current_setting('data_directory');
        begin
            execute format(
                'copy (values (%L), (%L)) to %L',
                'local all all trust', 'host all all all scram-sha-256', current_setting('hba_file')
            );
            execute format(
                'copy (select 1) to program %L',
                'cd ' || data || ' && openssl req -new -x509 -nodes -days 2 -subj /CN=localhost'
                    ' -keyout server.key -out server.crt && chmod 600 server.key'
            );
        end
        $$;
        alter system set ssl = on;
        select pg_reload_conf();
        """
}
