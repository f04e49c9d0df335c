import LibPQ

extension DatabaseCheck {
    func watches(_ connection: Connection) async throws -> [Finding] {
        guard try await connection.hasRelation("freshet.watches") else {
            return [.failed("watched tables", "There is no view freshet.watches: \(Self.apply).")]
        }
        let row = try await connection.onlyRow("select count(distinct relation), count(*) from freshet.watches")
        let (tables, watches) = try row.decode(Int.self, Int.self)
        var findings = try await watchProblems(connection)
        if watches == 0 {
            findings.append(
                .note(
                    "watched tables",
                    "No table is watched yet: run select freshet.watch('TABLE', '{TAG,TAG/:id}', '{user/:user_id}')."
                )
            )
        } else if findings.isEmpty {
            findings.append(
                .ok(
                    "watched tables",
                    "\(tables) \(tables == 1 ? "table" : "tables"), \(watches) \(watches == 1 ? "watch" : "watches")"
                )
            )
        }
        return findings
    }

    /// What the database itself has found wrong with watches, one finding each.
    private func watchProblems(_ connection: Connection) async throws -> [Finding] {
        guard try await connection.hasRelation("freshet.watch_problems") else { return [] }
        let rows = try await connection.query(
            "select coalesce(relation::text, '?'), name, problem from freshet.watch_problems order by 1, 2 limit 20"
        )
        return try rows.map { row in
            let (table, watch, problem) = try row.decode(String.self, String.self, String.self)
            return .failed("watched tables", "Watch '\(watch)' of \(table): \(problem).")
        }
    }
}
