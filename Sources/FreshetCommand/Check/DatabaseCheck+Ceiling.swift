import LibPQ

extension DatabaseCheck {
    /// How long commits are counted, and by how many at once: enough for them to stand in each other's way.
    private static let measurement = Duration.seconds(1)
    private static let writers = 4

    /// Past this part of the ceiling, writers wait for each other in earnest.
    private static let ample = 0.5

    /// How many transactions that notify this server commits in a second, one at a time as it does; and how many there are.
    ///
    /// Each writes to the log of the server as a change of a row would, and to a channel that nobody listens to.
    func ceiling(_ connection: Connection) async throws -> [Finding] {
        let begun = ContinuousClock.now
        let commits = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<Self.writers { group.addTask { try await self.commit() } }
            return try await group.reduce(0, +)
        }
        let ceiling = Double(commits) / ((ContinuousClock.now - begun) / .seconds(1))
        let row = try await connection.onlyRow(
            """
            select count(distinct xid)::float8 / 60, (select value from freshet.setting where name = 'delivery')
            from (select xid, at from freshet.event order by xid desc, id desc limit 100000) as e
            where at > now() - interval '1 minute'
            """
        )
        let (rate, delivery) = try row.decode(Double.self, String?.self)
        let text =
            "about \(Int(ceiling)) transactions a second can notify; "
            + "\(rate < 1 ? "fewer than 1" : "\(Int(rate))") a second did in the last minute"
        guard rate > ceiling * Self.ample, delivery != "poll" else { return [.ok("NOTIFY ceiling", text)] }
        return [
            .note(
                "NOTIFY ceiling",
                "\(text). They commit one at a time: run select freshet.configure('delivery', 'poll')."
            )
        ]
    }

    private func commit() async throws -> Int {
        try await Connection.withConnection(database) { connection in
            let end = ContinuousClock.now + Self.measurement
            var count = 0
            while ContinuousClock.now < end {
                _ = try await connection.query(
                    "select pg_notify('freshet_check', ''), pg_logical_emit_message(true, 'freshet', '')"
                )
                count += 1
            }
            return count
        }
    }
}
