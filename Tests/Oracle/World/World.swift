import LibPQ
import TestSupport
import ThrowawayPostgres

/// A cluster, an application's database, and two replicas of Freshet, with a proxy on each way between them.
///
///     clients ── proxy ── replica a ── proxy ── PostgreSQL
///     clients ── proxy ── replica b ── proxy ──┘
struct World: Sendable {
    static let databaseName = "oracle"
    static let users = 6
    static let boards = 8

    static func team(ofBoard board: Int) -> Int { board % 2 + 1 }

    static func partition(ofUser user: Int) -> String { user % 2 == 1 ? "reading_odd" : "reading_even" }

    let primary: Primary
    let database: Database
    let disabled = DisabledBook()
    let replicas: [Replica]
    /// Between each replica and the database.
    let databaseProxies: [TCPProxy]
    /// Between the clients and each replica.
    let clientProxies: [TCPProxy]
    let sessions: SessionBook
    let clock: ServiceClock

    static func withWorld<Result: Sendable>(
        _ delivery: Delivery,
        _ body: @Sendable (World) async throws -> Result
    ) async throws -> Result {
        var options = ClusterOptions.forTests
        // What is not flushed is lost in a crash; the more there is of it, the better.
        options.settings["wal_writer_delay"] = "10s"
        options.settings["wal_writer_flush_after"] = "1GB"
        return try await withCluster(options) { cluster in
            try await cluster.psql(.text("create database \(databaseName)"))
            try await cluster.psql(.file(Repository.migrations), database: databaseName)
            try await cluster.psql(.text(Schema.sql), database: databaseName)
            if delivery == .poll {
                try await cluster.psql(.text("select freshet.configure('delivery', 'poll')"), database: databaseName)
            }
            let primary = Primary(cluster)
            do {
                let result = try await TCPProxy.withProxy(to: primary.target) { first in
                    try await TCPProxy.withProxy(to: primary.target) { second in
                        try await withReplicas(primary, [first, second], body)
                    }
                }
                await primary.finish()
                return result
            } catch {
                await primary.finish()
                throw error
            }
        }
    }

    private static func withReplicas<Result: Sendable>(
        _ primary: Primary,
        _ databaseProxies: [TCPProxy],
        _ body: @Sendable (World) async throws -> Result
    ) async throws -> Result {
        let ports = [try await FreePort.find(), try await FreePort.find()]
        let clock = try ServiceClock()
        defer { clock.remove() }
        let hasBound = try await ServiceHelp.names("--history-entries")
        let replicas = zip(["a", "b"], ports).enumerated().map { index, replica in
            var arguments = [
                "--database-url",
                primary.cluster.conninfo(database: databaseName, user: "svc", port: databaseProxies[index].port),
                "--heartbeat", "500ms", "--recheck", "2s", "--max-streams-per-user", "4",
            ]
            if index == 1 {
                arguments += ["--auth-grace", "3s"]
                if hasBound { arguments += ["--history-entries", "300"] }
            }
            return Replica(replica.0, port: replica.1, arguments: arguments, environment: clock.environment)
        }
        return try await TCPProxy.withProxy(to: .tcp(port: ports[0])) { first in
            try await TCPProxy.withProxy(to: .tcp(port: ports[1])) { second in
                let world = World(
                    primary: primary,
                    database: Database { try primary.connectionInfo(user: "postgres", name: "oracle") },
                    replicas: replicas,
                    databaseProxies: databaseProxies,
                    clientProxies: [first, second],
                    sessions: SessionBook(),
                    clock: clock
                )
                for user in 1...users { try await world.sessions.make(user, in: world.database) }
                return try await world.whileServing { try await body(world) }
            }
        }
    }

    /// How the application connects.
    func application() throws -> ConnectionInfo {
        try primary.connectionInfo(user: "app", name: "writer")
            .setting(["options": "-c statement_timeout=10s -c lock_timeout=3s"])
    }

    /// How somebody connects who may log in and no more.
    func forger() throws -> ConnectionInfo { try primary.connectionInfo(user: "forger", name: "forger") }

    /// Runs both replicas while `body` runs, and stops them as an operator does.
    private func whileServing<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for replica in replicas { group.addTask { await replica.run() } }
            do {
                let result = try await body()
                group.cancelAll()
                await database.close()
                return result
            } catch {
                group.cancelAll()
                await database.close()
                throw error
            }
        }
    }
}
