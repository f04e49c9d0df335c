import LibPQ

extension DatabaseCheck {
    /// What the role may do and the service never does: it learns of changes from the triggers, and needs no table but
    /// Freshet's. One kind a row, the first four of each.
    ///
    /// `pg_read_all_stats` is of use (docs/operations.md), and shows no data. Before PostgreSQL 15 everybody may create in the schema `public`, so that this says nothing about the role there.
    private static let extras = """
        with me as (select * from pg_roles where rolname = current_user),
        tables as (
          select c.oid, c.oid::regclass::text as name, c.relowner
          from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
          where c.relkind in ('r', 'p', 'v', 'm', 'f')
            and n.nspname not in ('freshet', 'information_schema') and n.nspname !~ '^pg_'
        ),
        extra(rank, what, name) as (
          select 1, 'may', a.name from me, lateral (values
            ('create roles', rolcreaterole), ('create databases', rolcreatedb), ('replicate', rolreplication),
            ('pass over row security', rolbypassrls)) as a(name, holds)
          where a.holds
          union all
          select 2, 'is a member of', r.rolname from pg_roles as r
          where r.rolname not in (current_user, 'freshet_service', 'pg_read_all_stats') and pg_has_role(r.oid, 'member')
          union all
          select 3, 'owns', t.name from tables as t, me where t.relowner = me.oid
          union all
          select 3, 'owns', 'the schema ' || n.nspname from pg_namespace as n, me where n.nspowner = me.oid
          union all
          select 4, 'may read', t.name from tables as t, me
          where t.relowner <> me.oid and has_any_column_privilege(t.oid, 'select')
          union all
          select 5, 'may write', t.name from tables as t, me
          where t.relowner <> me.oid
            and (has_any_column_privilege(t.oid, 'insert, update') or has_table_privilege(t.oid, 'delete, truncate'))
          union all
          select 6, 'may create in', 'the schema ' || n.nspname from pg_namespace as n, me
          where n.nspowner <> me.oid and n.nspname !~ '^pg_' and has_schema_privilege(n.oid, 'create')
            and (n.nspname <> 'public' or current_setting('server_version_num')::integer >= 150000)
        )
        select what, (array_agg(name order by name))[:4] from extra group by rank, what order by rank
        """

    func excess(_ connection: Connection, user: String) async throws -> Finding {
        let rows = try await connection.query(Self.extras)
        guard !rows.isEmpty else {
            return .ok("role", "\(user) is a member of freshet_service, and may do and read nothing else")
        }
        let extras = try rows.map { row in
            let (what, names) = try row.decode(String.self, [String].self)
            return "\(what) \(names.prefix(3).joined(separator: ", "))\(names.count > 3 ? ", …" : "")"
        }
        return .note("role", "\(user) \(extras.joined(separator: "; ")): the service needs none of it.")
    }
}
