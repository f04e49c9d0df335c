import LibPQ
import TestSupport

/// The oracle's own way to the database, which no proxy disturbs: one connection that is made again when it is lost.
actor Database {
    private let info: @Sendable () throws -> ConnectionInfo
    private var connection: Task<Connection, any Error>?

    /// - Parameter info: asked at each connect.
    init(_ info: @escaping @Sendable () throws -> ConnectionInfo) { self.info = info }

    /// Asks again and again while the database is away, up to the limit.
    func query(
        _ sql: String,
        _ parameters: [Parameter] = [],
        within limit: Duration = .seconds(60)
    ) async throws -> Rows {
        try await withDeadline("the database to answer \(sql)", within: limit) {
            while true {
                let current = await self.current()
                do {
                    return try await current.value.query(sql, parameters)
                } catch let error as PostgresError {
                    if let state = error.sqlState, !state.hasPrefix("57P"), !error.isLoss { throw error }
                    await self.drop(current)
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
        }
    }

    func close() async {
        if let connection = try? await connection?.value { await connection.close() }
        connection = nil
    }

    private func current() -> Task<Connection, any Error> {
        if let connection { return connection }
        let task = Task { [info] in try await Connection.connect(try info()) }
        connection = task
        return task
    }

    private func drop(_ old: Task<Connection, any Error>) {
        guard connection == old else { return }
        connection = nil
        Task { try? await old.value.close() }
    }

    // MARK: What is asked

    static func incarnation(_ connection: Connection) async throws -> Incarnation {
        let rows = try await connection.query("select \(Incarnation.sql)")
        guard let row = rows.first else { throw Unreadable() }
        return Incarnation(try row.decode(at: 0, as: String.self))
    }

    func snapshot() async throws -> DatabaseSnapshot {
        try await snapshotAndPosition().0
    }

    /// Both of the same snapshot, as an application reads them that renders a page.
    func snapshotAndPosition() async throws -> (DatabaseSnapshot, String) {
        let rows = try await query(
            "select pg_current_snapshot()::text, freshet.position(), \(Incarnation.sql)",
            within: .seconds(30)
        )
        guard let row = rows.first else { throw Unreadable() }
        let (text, position, incarnation) = try row.decode(String.self, String.self, String.self)
        guard let snapshot = DatabaseSnapshot(text, incarnation: .init(incarnation)) else {
            throw Unreadable()
        }
        return (snapshot, position)
    }

    private struct Unreadable: Error {}
}
