import LibPQ

/// One connection, made when it is first needed and again when it was lost.
///
/// Enough for an example; a server with much to ask would have a pool.
actor Database {
    private let info: ConnectionInfo
    private var connection: Connection?

    init(_ info: ConnectionInfo) { self.info = info }

    func query(_ sql: String, _ parameters: [Parameter] = []) async throws -> Rows {
        do {
            return try await open().query(sql, parameters)
        } catch let error as PostgresError where error.isLoss {
            // Whether the statement has run nobody knows; the caller decides whether to ask again.
            connection = nil
            throw error
        }
    }

    private func open() async throws -> Connection {
        if let connection, await connection.loss == nil { return connection }
        let new = try await Connection.connect(info)
        connection = new
        return new
    }

    func close() async {
        let old = connection
        connection = nil
        await old?.close()
    }
}
