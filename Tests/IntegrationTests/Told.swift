import TestSupport

extension TestDatabase {
    /// Runs statements and gives what was logged of them, a line a row: the scope, a space, the tags.
    func told(_ statements: String, user: String = "postgres") async throws -> [String] {
        let before = try await psql("select coalesce(max(id), 0) from freshet.event")
        try await psql(statements, user: user)
        let rows = try await psql(
            "select scope || ' ' || tags::text from freshet.event where id > \(before) order by id, scope"
        )
        return rows.split(separator: "\n").map(String.init)
    }

    /// A database with to-dos of two users, watched as the contract's examples watch them.
    @discardableResult
    static func withTodos<Result>(_ body: (TestDatabase) async throws -> Result) async throws -> Result {
        try await withDatabase { database in
            try await database.psql(
                """
                create table todo (id int primary key, user_id int, title text, done boolean not null default false);
                insert into todo select g, g % 2 + 1, 'todo ' || g from generate_series(1, 10) as g;
                select freshet.watch('todo', '{todos,todo/:id}', '{user/:user_id}');
                """
            )
            return try await body(database)
        }
    }
}
