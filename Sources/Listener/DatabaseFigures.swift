package import LibPQ
package import Logging
package import Metrics
import ServiceLifecycle

/// What an operator watches of the database itself: its log, its NOTIFY queue, and the lock by which transactions that
/// notify commit one at a time.
///
/// PostgreSQL takes that lock, class 1262 (`pg_database`) of object 0, in `PreCommit_Notify` (its manual describes
/// neither; async.c does).
package struct DatabaseFigures: Service {
    private static let statement = """
        with lock as (
          select count(*) filter (where not granted) as waiters,
            coalesce(max(extract(epoch from clock_timestamp() - (to_jsonb(l) ->> 'waitstart')::timestamptz))
              filter (where not granted), 0) as longest
          from pg_locks as l
          where l.locktype = 'object' and l.classid = 1262 and l.objid = 0
        )
        select
          (select greatest(c.reltuples, 0)::float8 from pg_class as c where c.oid = to_regclass('freshet.event')),
          pg_notification_queue_usage(),
          lock.waiters::float8, lock.longest::float8,
          (select coalesce(max(extract(epoch from clock_timestamp() - a.xact_start)), 0)::float8
            from pg_stat_activity as a
            where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_type = 'client backend')
        from lock
        """

    private let database: ConnectionInfo
    private let interval: Duration
    private let logger: Logger
    private let gauges: [Meter]
    private let isReachable: Meter

    /// - Parameter interval: how often it looks.
    package init(
        database: ConnectionInfo,
        interval: Duration,
        logger: Logger,
        metrics: any MetricsFactory
    ) {
        self.database = database
        self.interval = interval
        self.logger = logger
        gauges = [
            "freshet_log_rows", "freshet_notify_queue_usage_ratio", "freshet_notify_lock_waiters",
            "freshet_notify_lock_wait_seconds", "freshet_oldest_listener_transaction_seconds",
        ].map { Meter(label: $0, factory: metrics) }
        isReachable = Meter(label: "freshet_database_reachable", factory: metrics)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await Connection.withConnection(database) { connection in
                        try await connection.set(SessionParameters.prompt)
                        while true {
                            try await look(connection)
                            try await Task.sleep(for: interval)
                        }
                    }
                } catch {
                    isReachable.set(0)
                    logger.debug("The figures of the database could not be read.", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: interval)
                }
            }
        }
    }

    private func look(_ connection: Connection) async throws {
        guard let row = try await connection.query(Self.statement).first else { return }
        for (index, gauge) in gauges.enumerated() {
            if let value = try row.decode(at: index, as: Double?.self) { gauge.set(value) }
        }
        isReachable.set(1)
    }
}
