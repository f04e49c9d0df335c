import Synchronization
package import ThrowawayPostgres

/// A database that belongs to one test, on the cluster that all tests of the process share.
package struct TestDatabase: Sendable {
    package enum Template: Sendable {
        /// With everything that `migrations/apply.sql` makes, run once by the real `psql`.
        case migrated
        case empty
    }

    /// Unique in the cluster. Roles are the cluster's, not a database's: a test names its own after this.
    package let name: String
    package let cluster: Cluster

    private static let count = Atomic(0)

    /// Makes the database on the shared cluster, and drops it when `body` has ended, with whoever is still connected to it.
    @discardableResult
    package static func withDatabase<Result>(
        _ template: Template = .migrated,
        _ body: (TestDatabase) async throws -> Result
    ) async throws -> Result {
        try await Turnstile.services.pass { try await withSharedDatabase(template, body) }
    }

    private static func withSharedDatabase<Result>(
        _ template: Template,
        _ body: (TestDatabase) async throws -> Result
    ) async throws -> Result {
        let cluster = try await SharedCluster.shared.get()
        let source = try await SharedCluster.shared.template(template)
        let database = try await create(from: source, on: cluster)
        do {
            let result = try await body(database)
            try await database.drop()
            return result
        } catch {
            try? await database.drop()
            throw error
        }
    }

    /// As ``withDatabase(_:_:)`` with everything migrated, in another encoding than UTF8.
    @discardableResult
    package static func withDatabase<Result>(
        encoding: String,
        _ body: (TestDatabase) async throws -> Result
    ) async throws -> Result {
        try await withDatabase(.empty) { neighbour in
            let database = TestDatabase(name: "\(neighbour.name)_encoded", cluster: neighbour.cluster)
            // Only the locale C goes with every encoding.
            try await neighbour.psql(
                """
                create database \(database.name) template template0 encoding '\(encoding)' lc_collate 'C' lc_ctype 'C'
                """
            )
            do {
                try await database.psql(file: Repository.migrations)
                let result = try await body(database)
                try await database.drop()
                return result
            } catch {
                try? await database.drop()
                throw error
            }
        }
    }

    /// As ``withDatabase(_:_:)``, on a cluster that is the test's alone: to be stopped, crashed and started again.
    @discardableResult
    package static func withOwnCluster<Result>(
        _ template: Template = .migrated,
        _ options: ClusterOptions = .forTests,
        _ body: (TestDatabase) async throws -> Result
    ) async throws -> Result {
        try await Turnstile.services.pass {
            try await withCluster(options) { cluster in
                let database = try await create(from: "template0", on: cluster)
                if template == .migrated { try await database.psql(file: Repository.migrations) }
                return try await body(database)
            }
        }
    }

    private static func create(from source: String, on cluster: Cluster) async throws -> TestDatabase {
        let number = count.add(1, ordering: .relaxed).newValue
        let database = TestDatabase(name: "test_\(number)", cluster: cluster)
        try await cluster.psql(.text("create database \(database.name) template \(source)"))
        return database
    }

    /// The shared cluster itself, for a test that makes databases of its own.
    package static func sharedCluster() async throws -> Cluster {
        try await SharedCluster.shared.get()
    }

    package var conninfo: String { conninfo() }

    /// - Parameter port: That of a ``TCPProxy`` in front of the server.
    package func conninfo(user: String = "postgres", port: Int? = nil) -> String {
        cluster.conninfo(database: name, user: user, port: port)
    }

    /// Runs SQL (or psql's own commands) and gives the rows, unaligned, `|` between columns.
    @discardableResult
    package func psql(_ text: String, user: String = "postgres") async throws -> String {
        try await cluster.psql(.text(text), database: name, user: user)
    }

    @discardableResult
    package func psql(file: String, user: String = "postgres") async throws -> String {
        try await cluster.psql(.file(file), database: name, user: user)
    }

    /// Waits until an SQL condition holds, for what the database does without telling anybody.
    ///
    /// The server itself looks again and again, in one session, since nothing signals it.
    package func wait(until condition: String, within limit: Duration = patience) async throws {
        try await psql(
            """
            do $wait$
            declare
                deadline constant timestamptz := clock_timestamp() + interval '\(limit.components.seconds) seconds';
            begin
                while not coalesce((\(condition)), false) loop
                    if clock_timestamp() > deadline then
                        raise 'waited \(limit.components.seconds) s in vain for %', $condition$\(condition)$condition$;
                    end if;
                    perform pg_sleep(0.01);
                    perform pg_stat_clear_snapshot();
                end loop;
            end
            $wait$
            """
        )
    }

    private func drop() async throws {
        try await cluster.psql(.text("drop database \(name) with (force)"))
    }
}
