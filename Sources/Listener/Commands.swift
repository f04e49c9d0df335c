package import Invalidation
package import LibPQ

/// What an administrator asks of the database, on a connection of its own: to invalidate by hand, and the controls
/// (CONTRACT.md §6).
package actor Commands {
    /// Why nothing was done.
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
        try await run { connection in
            let row = try await connection.row(
                "select freshet.invalidate($1::text[], $2)",
                [.textArray(tags.map(\.text)), .text(scope.text)]
            )
            return try row.decode(at: 0)
        }
    }

    /// Holds all deliveries.
    ///
    /// - Parameter user: who asked; it stands in `freshet.control`.
    /// - Returns: the controls as they are then, here and in the other commands.
    package func pause(by user: String) async throws(Failure) -> Controls {
        try await change("select freshet.pause($1)", [.text(user)])
    }

    /// Tells every stream what it has missed, and goes on.
    package func resume() async throws(Failure) -> Controls { try await change("select freshet.resume()") }

    /// Drops the deliveries of `tags` and of what they cover.
    package func disable(_ tags: [Tag], by user: String) async throws(Failure) -> Controls {
        try await change("select freshet.disable_tags($1::text[], $2)", [.textArray(tags.map(\.text)), .text(user)])
    }

    /// Delivers `tags` again, and invalidates them for everybody.
    package func enable(_ tags: [Tag]) async throws(Failure) -> Controls {
        try await change("select freshet.enable_tags($1::text[])", [.textArray(tags.map(\.text))])
    }

    private func change(_ statement: String, _ parameters: [Parameter] = []) async throws(Failure) -> Controls {
        try await run { connection in
            _ = try await connection.query(statement, parameters)
            return try await Controls.read(on: connection)
        }
    }

    /// Runs what may be run twice: done once more, it changes nothing else.
    private func run<Result: Sendable>(
        _ body: (Connection) async throws -> Result
    ) async throws(Failure) -> Result {
        // A connection that has been idle may have been lost unnoticed; then the statement has not run.
        let isFresh = connection == nil
        do {
            return try await attempt(body)
        } catch {
            guard !isFresh, error.isLoss else { throw Self.failure(error) }
            do { return try await attempt(body) } catch { throw Self.failure(error) }
        }
    }

    private func attempt<Result: Sendable>(
        _ body: (Connection) async throws -> Result
    ) async throws(PostgresError) -> Result {
        do {
            return try await body(try await open())
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

extension Connection {
    /// The row of a statement that always gives one.
    fileprivate nonisolated(nonsending) func row(_ sql: String, _ parameters: [Parameter]) async throws -> Row {
        guard let row = try await query(sql, parameters).first else {
            throw PostgresError.protocolViolation("a statement that always gives a row gave none")
        }
        return row
    }
}
