import LibPQ

/// The to-do application's database. Every value is a parameter, and a user reaches the user's own and the shared
/// to-dos alone.
actor TodoStore {
    private let database: ConnectionInfo
    private var connection: Connection?

    init(database: ConnectionInfo) { self.database = database }

    /// The to-dos that a user may see and the position of that snapshot, as one JSON object.
    func list(for user: DemoUser) async throws -> String {
        let rows = try await query(
            """
            select json_build_object('position', freshet.position(), 'todos', coalesce(json_agg(
              json_build_object('id', t.id, 'owner', t.user_id, 'title', t.title, 'done', t.done) order by t.id), '[]'))
            from todo as t where t.user_id = $1 or t.user_id is null
            """,
            [.text(user.id)]
        )
        guard let row = rows.first else { throw PostgresError.protocolViolation("an aggregate gave no row.") }
        return try row.decode(at: 0)
    }

    /// - Parameter owner: nil: shared by all.
    func add(title: String, owner: String?) async throws {
        _ = try await query("insert into todo (title, user_id) values ($1, $2)", [.text(title), .text(owner)])
    }

    /// Whether there was such a to-do within the user's reach.
    func setDone(_ isDone: Bool, id: Int64, as user: DemoUser) async throws -> Bool {
        try await query(
            "update todo set done = $3 where id = $1 and (user_id = $2 or user_id is null)",
            [.int(id), .text(user.id), .bool(isDone)]
        ).affectedRows > 0
    }

    func move(id: Int64, to owner: String?, as user: DemoUser) async throws -> Bool {
        try await query(
            "update todo set user_id = $3 where id = $1 and (user_id = $2 or user_id is null)",
            [.int(id), .text(user.id), .text(owner)]
        ).affectedRows > 0
    }

    func delete(id: Int64, as user: DemoUser) async throws -> Bool {
        try await query(
            "delete from todo where id = $1 and (user_id = $2 or user_id is null)",
            [.int(id), .text(user.id)]
        ).affectedRows > 0
    }

    func close() async {
        let old = connection
        connection = nil
        await old?.close()
    }

    private func query(_ sql: String, _ parameters: [Parameter]) async throws -> Rows {
        let connection = try await open()
        do {
            return try await connection.query(sql, parameters)
        } catch let error as PostgresError where error.isLoss {
            // Whether the statement has run is not known: the next request begins anew.
            self.connection = nil
            throw error
        }
    }

    private func open() async throws -> Connection {
        if let connection { return connection }
        let new = try await Connection.connect(database)
        connection = new
        return new
    }
}
