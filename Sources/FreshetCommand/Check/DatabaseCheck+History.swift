import LibPQ

extension DatabaseCheck {
    /// Counting stops here: the log of a busy hour is long, and a number says enough.
    private static let countedRows = 100_000

    func history(_ connection: Connection) async throws -> [Finding] {
        let settings = try await connection.onlyRow(
            """
            select coalesce((select value from freshet.setting where name = 'history'), history::text),
              history > interval '0', complete_from, delivery
            from freshet.attach()
            """
        )
        let (kept, keepsLog, completeFrom, delivery) = try settings.decode(
            String.self,
            Bool.self,
            String?.self,
            String.self
        )
        guard keepsLog else {
            return [
                .note(
                    "history",
                    "No log is kept (history is 0): each lost connection costs every client a reset. "
                        + "To keep one, run select freshet.configure('history', '1 hour')."
                )
            ]
        }
        let row = try await connection.onlyRow(
            """
            select (select count(*) from (select from freshet.event limit $1::integer + 1) as counted),
              to_char(oldest.at, 'YYYY-MM-DD HH24:MI:SS TZ'),
              coalesce(oldest.at < now() - 2 * $2::interval - interval '10 minutes', false)
            from (select) as one left join
              (select at from freshet.event order by xid, id limit 1) as oldest on true
            """,
            [.int(Self.countedRows), .text(kept)]
        )
        let (count, oldest, isOverdue) = try row.decode(Int.self, String?.self, Bool.self)
        guard let completeFrom else {
            return [
                .failed(
                    "history",
                    "The log of \(kept) is complete from no transaction on: run select freshet.prune(), "
                        + "with no transaction left open from before."
                )
            ]
        }
        let rows =
            count > Self.countedRows ? "more than \(Self.countedRows) rows" : count == 1 ? "1 row" : "\(count) rows"
        let text = "\(kept) is kept: \(rows)\(oldest.map { ", the oldest of \($0)" } ?? "")"
        guard !isOverdue else {
            return [.note("history", "\(text), which is overdue: the service deletes old rows while it runs.")]
        }
        return [
            .ok("history", "\(text), complete from transaction \(completeFrom) on"),
            .ok(
                "delivery",
                delivery == "poll"
                    ? "poll: transactions only write the log, which the service reads every --poll-interval"
                    : "notify: transactions notify the service as they commit"
            ),
        ]
    }
}
