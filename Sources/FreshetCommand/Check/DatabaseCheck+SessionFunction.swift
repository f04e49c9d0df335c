import LibPQ

extension DatabaseCheck {
    /// What `freshet.authenticate` returns (CONTRACT.md §3); operators write one of their own.
    private static let columns = [
        ("user_id", "text"), ("session_id", "text"), ("expires_at", "timestamp with time zone"),
        ("is_admin", "boolean"), ("scopes", "text[]"),
    ]

    func sessionFunction(_ connection: Connection) async throws -> [Finding] {
        let subject = "session function"
        let results = try await connection.query(
            """
            select r.name, format_type(r.type, null)
            from pg_proc as p, unnest(p.proargnames, p.proallargtypes, p.proargmodes) as r(name, type, mode)
            where p.oid = to_regprocedure('freshet.authenticate(text)') and r.mode in ('o', 't')
            """
        )
        guard !results.isEmpty else {
            return [
                .failed(
                    subject,
                    "There is no freshet.authenticate(credential text) that returns a table: \(Self.apply), "
                        + "or make your own."
                )
            ]
        }
        let types = Dictionary(
            try results.map { try $0.decode(String.self, String.self) },
            uniquingKeysWith: { first, _ in first }
        )
        let wrong = Self.columns.filter { types[$0.0] != $0.1 }
        guard wrong.isEmpty else {
            let wanted = wrong.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
            return [.failed(subject, "freshet.authenticate does not return \(wanted): change its returns table (…).")]
        }
        // Nobody has this for a token: it is random.
        let nonsense = "freshet-check-" + String(UInt64.random(in: .min ... .max), radix: 36)
        let rows = try await connection.query(
            "select user_id, failure from freshet.lookup_sessions($1::text[])",
            [.textArray([nonsense])]
        )
        guard let row = rows.first else {
            let problems = try await connection.query("select problem from freshet.session_problems()")
            let notes = try problems.map { row in
                Finding.note(subject, "freshet.authenticate: \(try row.decode(at: 0, as: String.self)).")
            }
            return [.ok(subject, "freshet.authenticate refuses an unknown credential")] + notes
        }
        let (user, failure) = try row.decode(String?.self, String?.self)
        if let failure {
            return [
                .failed(
                    subject,
                    "freshet.authenticate fails for an unknown credential instead of giving no row: \(failure)"
                )
            ]
        }
        return [
            .failed(
                subject,
                "freshet.authenticate takes an unknown credential for user \(user ?? "?"): anybody is let in. "
                    + "It must give no row."
            )
        ]
    }
}
