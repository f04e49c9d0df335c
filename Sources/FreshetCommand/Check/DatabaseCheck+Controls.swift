import LibPQ

extension DatabaseCheck {
    /// What an administrator has set, and may have forgotten.
    func controls(_ connection: Connection) async throws -> [Finding] {
        let rows = try await connection.query(
            """
            select name = 'pause', tag, made_by, to_char(made_at, 'YYYY-MM-DD HH24:MI:SS TZ')
            from freshet.control order by name desc, made_at, tag
            """
        )
        var findings: [Finding] = []
        var tags: [String] = []
        for row in rows {
            let (isPause, tag, by, at) = try row.decode(Bool.self, String.self, String.self, String.self)
            if isPause {
                findings.append(
                    .note("controls", "Deliveries are paused by \(by) since \(at): select freshet.resume() ends it.")
                )
            } else {
                tags.append(tag)
            }
        }
        if !tags.isEmpty {
            let names = tags.prefix(5).joined(separator: ", ") + (tags.count > 5 ? ", …" : "")
            findings.append(
                .note(
                    "controls",
                    "\(tags.count) disabled, whose deliveries are dropped: \(names). See freshet.control."
                )
            )
        }
        return findings.isEmpty ? [.ok("controls", "nothing is paused and no tag is disabled")] : findings
    }
}
