import LibPQ
import TestSupport
import ThrowawayPostgres

extension World {
    /// Undoes what a fault may have left, so that the calm is one.
    func heal() async throws {
        for replica in replicas { replica.thaw() }
        if try await primary.cluster.postmaster() == nil { try await primary.cluster.start() }
        for proxy in databaseProxies + clientProxies { try await proxy.resume() }
        _ = try await database.query("select freshet.configure('history', '1 hour')")
    }

    /// Waits until no transaction of a writer is under way, also of a connection that was lost.
    func awaitSilence() async throws {
        _ = try await database.query(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
             where application_name in ('writer', 'forger') and backend_type = 'client backend'
            """
        )
        while try await !database.query("select from pg_stat_activity where application_name = 'writer'").isEmpty {
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    func committed() async throws -> Set<Int> {
        let rows = try await database.query("select attempt from ledger")
        return try Set(rows.map { try $0.decode(at: 0, as: Int.self) })
    }
}
