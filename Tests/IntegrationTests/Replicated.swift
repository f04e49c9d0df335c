import LibPQ
import TestSupport
import ThrowawayPostgres

/// A primary with a watched table, a standby of it, and the service behind an address that can be given to either.
struct Replicated: Sendable {
    let primary: Cluster
    let standby: Cluster
    let address: TCPProxy
    let service: RunningService

    @discardableResult
    static func withReplicas<Result>(_ body: (Replicated) async throws -> Result) async throws -> Result {
        try await Turnstile.services.pass {
            var options = ClusterOptions.forTests
            options.listensOnTCP = true
            return try await withCluster(options) { primary in
                try await primary.psql(.file(Repository.migrations))
                try await primary.psql(.text(setUp))
                return try await primary.withStandby { standby in
                    try await TCPProxy.withProxy(to: .tcp(port: primary.port)) { address in
                        try await RunningService.start(
                            conninfo: primary.conninfo(user: "svc", port: address.port),
                            ["--heartbeat", "500ms"],
                            psql: { try await primary.psql(.text($0)) }
                        ) { service in
                            try await body(
                                Replicated(primary: primary, standby: standby, address: address, service: service)
                            )
                        }
                    }
                }
            }
        }
    }

    private static let setUp = """
        create role svc login; grant freshet_service to svc;
        create table note (id int primary key);
        select freshet.watch('note', '{note/:id}', '{user/1}');
        """
}

extension Cluster {
    /// Lets a standby receive what the primary does, and show none of it.
    func pauseReplay() async throws {
        try await psql(.text("select pg_wal_replay_pause()"))
        // A pause is asked for and then comes; nothing signals it.
        try await withDeadline("the replay's pause") {
            while try await psql(.text("select pg_get_wal_replay_pause_state()")) != "paused" {}
        }
    }

    /// A session of the superuser's that stays open, for a transaction that does.
    @discardableResult
    func withSession<Result>(
        database: String = "postgres",
        _ body: (Connection) async throws -> Result
    ) async throws -> Result {
        try await Connection.withConnection(try ConnectionInfo(conninfo(database: database)), body)
    }
}

extension Connection {
    /// A position and how many notes there are, of one snapshot.
    nonisolated(nonsending) func notesAndPosition() async throws -> (count: Int, position: String) {
        let rows = try await query("select count(*)::int, freshet.position() from note")
        let (count, position) = try rows[0].decode(Int.self, String.self)
        return (count, position)
    }
}
