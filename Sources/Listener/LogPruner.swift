package import LibPQ
package import Logging
import ServiceLifecycle

/// Deletes what has outlived `history` from the log, so that it does not grow for ever.
///
/// Every replica tries; an advisory lock in `freshet.prune` lets one work at a time. Each batch is a transaction of its
/// own, and raises the mark from which the log is complete together with what it deletes.
package struct LogPruner: Service {
    private static let batch = 1_000

    private let database: ConnectionInfo
    private let interval: Duration
    private let logger: Logger

    package init(database: ConnectionInfo, interval: Duration, logger: Logger) {
        self.database = database
        self.interval = interval
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: interval)) != nil {
                do {
                    try await prune()
                } catch {
                    // The listener says it when the database is away; what is left is deleted the next time.
                    logger.debug("The log could not be pruned.", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// A connection for as long as it takes: once a minute is too seldom to keep one.
    private func prune() async throws {
        try await Connection.withConnection(database) { connection in
            try await connection.set(SessionParameters.patient)
            var deleted = Self.batch
            while deleted >= Self.batch {
                let rows = try await connection.query("select freshet.prune($1::integer)", [.int(Self.batch)])
                deleted = try rows.first?.decode(at: 0) ?? 0
            }
        }
    }
}
