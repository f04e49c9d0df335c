extension Connection {
    /// Sets parameters for the session, whatever the role or the database has for them; one that this version of
    /// PostgreSQL does not know is left out.
    public nonisolated(nonsending) func set(_ parameters: [String: String]) async throws {
        let names = parameters.keys.sorted()
        _ = try await query(
            """
            select set_config(s.name, v.value, false)
              from unnest($1::text[], $2::text[]) as v(name, value) join pg_settings as s on s.name = v.name
            """,
            [.textArray(names), .textArray(names.map { parameters[$0] })]
        )
    }
}
