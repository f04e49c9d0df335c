import LibPQ

/// The to-do application's database. Every value is a parameter, and a user reaches the user's own and the shared
/// to-dos alone.
actor TodoStore {
    /// Who writes: a user, in a page that Freshet is told the name of.
    struct Author: Sendable {
        let user: String
        let origin: String?
    }

    /// A change of hands.
    struct Move: Sendable {
        /// nil: shared by all.
        let owner: String?
    }

    /// What became of a write: the to-dos as they are now, and the ids of those that the author does not see any more.
    struct Written: Sendable {
        let count: Int
        let json: String
    }

    private let database: ConnectionInfo
    private var connection: Connection?

    init(database: ConnectionInfo) { self.database = database }

    // MARK: To-dos

    private static let members = "'id', t.id, 'owner', t.user_id, 'title', t.title, 'done', t.done"

    /// The to-dos that a user may see and the position of that snapshot, as one JSON object.
    func list(for user: String) async throws -> String {
        let rows = try await query(
            """
            select json_build_object('position', freshet.position(), 'todos',
              coalesce(json_agg(json_build_object(\(Self.members)) order by t.id), '[]'))
            from todo as t where t.user_id = $1 or t.user_id is null
            """,
            [.text(user)]
        )
        guard let row = rows.first else { throw PostgresError.protocolViolation("an aggregate gave no row.") }
        return try row.decode(at: 0)
    }

    /// - Parameter owner: nil: shared by all.
    func add(title: String, owner: String?, by author: Author) async throws -> Written {
        try await write(
            "insert into todo (title, user_id) select $3::text, $4::text from origin",
            [.text(title), .text(owner)],
            by: author
        )
    }

    /// Changes what is within the author's reach, if it is.
    func change(id: Int64, done: Bool?, move: Move?, by author: Author) async throws -> Written {
        try await write(
            """
            update todo as t set done = coalesce($4::boolean, t.done),
              user_id = case when $5::boolean then $6::text else t.user_id end
            from origin where t.id = $3::bigint and (t.user_id = $2 or t.user_id is null)
            """,
            [.int(id), done.map { .bool($0) } ?? .null, .bool(move != nil), .text(move?.owner)],
            by: author
        )
    }

    /// All that the author sees, in one statement.
    func setAllDone(_ isDone: Bool, by author: Author) async throws -> Written {
        try await write(
            """
            update todo as t set done = $3::boolean
            from origin where (t.user_id = $2 or t.user_id is null) and t.done <> $3::boolean
            """,
            [.bool(isDone)],
            by: author
        )
    }

    func delete(id: Int64, by author: Author) async throws -> Written {
        try await write(
            "delete from todo as t using origin where t.id = $3::bigint and (t.user_id = $2 or t.user_id is null)",
            [.int(id)],
            remains: false,
            by: author
        )
    }

    /// Runs a statement that takes its rows from `origin` too, with `freshet.origin` set for its transaction alone.
    ///
    /// One statement is one transaction. In one of several statements this would be
    /// `select set_config('freshet.origin', $1, true)`, after `begin`.
    ///
    /// - Parameters:
    ///   - statement: `$1` is the origin and `$2` the author; its own parameters follow.
    ///   - remains: whether its rows are there afterwards.
    private func write(
        _ statement: String,
        _ parameters: [Parameter],
        remains: Bool = true,
        by author: Author
    ) async throws -> Written {
        let rows = try await query(
            """
            with origin as (select set_config('freshet.origin', $1, true)), written as (\(statement) returning *)
            select count(*), json_build_object(
              'changed', coalesce(json_agg(json_build_object(\(Self.members)) order by t.id) filter (where is_seen), '[]'),
              'gone', coalesce(json_agg(t.id) filter (where not is_seen), '[]'))
            from written as t
            cross join lateral (select \(remains) and (t.user_id = $2 or t.user_id is null) as is_seen) as s
            """,
            [.text(author.origin ?? ""), .text(author.user)] + parameters
        )
        guard let row = rows.first else { throw PostgresError.protocolViolation("an aggregate gave no row.") }
        return Written(count: try row.decode(at: 0), json: try row.decode(at: 1))
    }

    // MARK: Sessions

    /// The id of the user whose session this token is; nil: it is none.
    func user(of token: String) async throws -> String? {
        try await query("select user_id from freshet.authenticate($1)", [.text(token)]).first?
            .decode(at: 0, as: String?.self)
    }

    /// The token of a new session; nil: there is no such user.
    func signIn(_ user: String) async throws -> String? {
        try await query("select public.sign_in($1)", [.text(user)]).first?.decode(at: 0, as: String?.self)
    }

    func signOut(_ token: String) async throws {
        _ = try await query("select freshet.revoke_session($1)", [.text(token)])
    }

    // MARK: The connection

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
