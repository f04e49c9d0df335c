import LibPQ

extension DatabaseCheck {
    /// What the service needs to be allowed, as the catalogue names it.
    private static let needs = """
        select n.what, coalesce(has_function_privilege(to_regprocedure(n.what), 'execute'), false) as allowed,
          to_regprocedure(n.what) is null as missing
        from unnest(array['freshet.attach()', 'freshet.beat(text)', 'freshet.lookup_sessions(text[])']) as n(what)
        union all
        select 'freshet.event', coalesce(has_table_privilege(to_regclass('freshet.event'), 'select'), false),
          to_regclass('freshet.event') is null
        """

    func role(_ connection: Connection) async throws -> [Finding] {
        let row = try await connection.onlyRow(
            """
            select current_user::text, quote_ident(current_user), r.rolsuper,
              exists (select from pg_roles where rolname = 'freshet_service') as is_made
            from pg_roles as r where r.rolname = current_user
            """
        )
        let (user, quoted, isSuperuser, isMade) = try row.decode(String.self, String.self, Bool.self, Bool.self)
        guard isMade else {
            return [
                .failed(
                    "role",
                    "The role freshet_service does not exist: "
                        + "an administrator runs create role freshet_service; then \(Self.apply) again."
                )
            ]
        }
        let membership = try await connection.onlyRow(
            "select pg_has_role('freshet_service', 'member'), pg_has_role('freshet_service', 'usage')"
        )
        let (isMember, inherits) = try membership.decode(Bool.self, Bool.self)
        guard isMember else {
            return [
                .failed("role", "\(user) is no member of freshet_service: run grant freshet_service to \(quoted).")
            ]
        }
        guard inherits else {
            return [
                .failed(
                    "role",
                    "\(user) is a member of freshet_service but does not inherit its rights: "
                        + "run alter role \(quoted) inherit, then grant freshet_service to \(quoted) again."
                )
            ]
        }
        for need in try await connection.query(Self.needs) {
            let (what, isAllowed, isMissing) = try need.decode(String.self, Bool.self, Bool.self)
            guard isMissing || !isAllowed else { continue }
            return [
                .failed(
                    "role",
                    isMissing
                        ? "There is no \(what), which the service needs: \(Self.apply)."
                        : "\(user) may not use \(what) although it is in freshet_service: \(Self.apply) again."
                )
            ]
        }
        guard !isSuperuser else {
            return [
                .note(
                    "role",
                    "\(user) is a superuser: a login that is only a member of freshet_service is all that is needed."
                )
            ]
        }
        return [try await excess(connection, user: user)]
    }
}
