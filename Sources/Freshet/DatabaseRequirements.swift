import LibPQ
import Listener
import Logging

/// What a database has to have before anything begins: what waiting cannot mend is told at once, and a database that is only
/// away is waited for.
struct DatabaseRequirements: Sendable {
    let database: ConnectionInfo
    let logger: Logger

    /// - Parameter more: further requirements, on the same connection.
    /// - Throws: a ``FreshetError`` where a password, a schema or a right is missing, or the migrations are older than this is.
    func check(_ more: (Connection) async throws -> Void = { _ in }) async throws {
        do {
            try await Connection.withConnection(database) { connection in
                try await connection.set(SessionParameters.patient)
                let rows = try await connection.query("select migration from freshet.attach()")
                let applied = try rows.first?.decode(at: 0, as: Int?.self) ?? 0
                guard applied >= Freshet.migration else {
                    throw FreshetError(
                        "This database has Freshet's migrations up to \(applied), and this version needs \(Freshet.migration): "
                            + #"run psql "$DATABASE_URL" -f migrations/apply.sql first."#
                    )
                }
                try await more(connection)
            }
        } catch let failure as FreshetError {
            throw failure
        } catch {
            let failure = FreshetError(explaining: error, of: database)
            guard failure.isTransient else { throw failure }
            logger.warning("The database does not answer yet; waiting for it.", metadata: ["error": "\(failure)"])
        }
    }
}
