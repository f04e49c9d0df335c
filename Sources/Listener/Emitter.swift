package import Invalidation
package import LibPQ

/// Invalidates by hand, as `POST {base}/invalidate` does: calls `freshet.invalidate` on a connection of its own.
package actor Emitter {
    /// Why nothing was invalidated.
    package enum Failure: Error, Sendable {
        /// The database refused it, and says why.
        case refused(String)

        /// The database cannot be reached, or did not answer in time.
        case unavailable(String)
    }

    private let database: ConnectionInfo
    private var connection: Connection?

    package init(database: ConnectionInfo) { self.database = database }

    /// Invalidates `tags` in `scope` in a transaction of its own.
    ///
    /// - Returns: a position from which a replay includes it.
    package func invalidate(_ tags: [Tag], in scope: Scope) async throws(Failure) -> String {
        // A connection that has been idle may have been lost unnoticed; then the statement has not run.
        let isFresh = connection == nil
        do {
            return try await attempt(tags, scope)
        } catch {
            guard !isFresh, error.isLoss else { throw Self.failure(error) }
            do { return try await attempt(tags, scope) } catch { throw Self.failure(error) }
        }
    }

    private func attempt(_ tags: [Tag], _ scope: Scope) async throws(PostgresError) -> String {
        do {
            let connection = try await open()
            let rows = try await connection.query(
                "select freshet.invalidate($1::text[], $2)",
                [.textArray(tags.map(\.text)), .text(scope.text)]
            )
            guard let row = rows.first else { throw PostgresError.protocolViolation("freshet.invalidate gave no row") }
            return try row.decode(at: 0)
        } catch let error as PostgresError {
            if error.isLoss { await close() }
            throw error
        } catch {
            throw .connection("\(error)")
        }
    }

    private func open() async throws -> Connection {
        if let connection { return connection }
        let new = try await Connection.connect(database)
        try await new.set(SessionParameters.prompt)
        connection = new
        return new
    }

    /// Closes the connection; the next invalidation makes a new one.
    package func close() async {
        let old = connection
        connection = nil
        await old?.close()
    }

    private static func failure(_ error: PostgresError) -> Failure {
        guard case .server(let message) = error, let state = error.sqlState, state != "57014" else {
            return .unavailable("\(error)")
        }
        // Class 57: the server is going down or was told to stop; class 53: it has no resources.
        return state.hasPrefix("57") || state.hasPrefix("53") ? .unavailable("\(error)") : .refused(message.message)
    }
}
