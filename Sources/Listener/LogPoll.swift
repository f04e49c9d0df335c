import Invalidation
import LibPQ

/// Reads from the log what has been committed since a snapshot: exactly that, however long a transaction that is still
/// open holds back the horizon, and in pages, however much it is.
struct LogPoll: Sendable {
    private static let name = "freshet_poll"

    /// Two ranges of the key instead of one condition, so that each is read in order and no further than the page.
    /// A page after the first passes over what its poll's snapshot did not show: that is left to the next poll.
    private static let statement = """
        select \(LogStatus.columns), e.id::text, \(LogEntry.columns)
          from freshet.log_status() as s
          left join lateral (
            select * from (
              (select * from freshet.event
                where xid = any ($1::text::xid8[]) and (xid, id) > ($4::text::xid8, $5::bigint)
                  and ($6::text is null or pg_visible_in_snapshot(xid, $6::text::pg_snapshot))
                order by xid, id limit $7::integer)
              union all
              (select * from freshet.event
                where xid >= $2::text::xid8 and xid < $3::text::xid8 and (xid, id) > ($4::text::xid8, $5::bigint)
                  and ($6::text is null or pg_visible_in_snapshot(xid, $6::text::pg_snapshot))
                order by xid, id limit $7::integer)
            ) as both_ranges
            order by xid, id limit $7::integer
          ) as e on true
        """

    let connection: Connection

    /// How many rows are read at once.
    let pageSize: Int

    func prepare() async throws {
        try await connection.prepare(Self.name, Self.statement)
    }

    /// Reads all of a request, handing out each page before it reads the next.
    func read(_ request: LogRequest, _ handle: (LogPage) async throws -> Void) async throws {
        if request.statusOnly {
            let status = try await LogStatus.read(on: connection)
            return try await handle(
                LogPage(
                    polled: status.polled,
                    switches: status.switches,
                    completeFrom: status.completeFrom,
                    controls: status.controls,
                    snapshot: status.snapshot,
                    entries: [],
                    isFirst: true,
                    isLast: true
                )
            )
        }
        var last = Key(xid: "0", id: "0")
        var first: LogStatus?
        while true {
            let (status, entries, end) = try await page(of: request, after: last, in: first?.snapshot)
            let isLast = entries.count < pageSize
            try await handle(
                LogPage(
                    // The delivery as the poll's own snapshot showed it: what was switched since is seen by the next one.
                    polled: (first ?? status).polled,
                    switches: (first ?? status).switches,
                    completeFrom: status.completeFrom,
                    controls: status.controls,
                    snapshot: (first ?? status).snapshot,
                    entries: entries,
                    isFirst: first == nil,
                    isLast: isLast
                )
            )
            guard !isLast else { return }
            first = first ?? status
            last = end
        }
    }

    /// Where a page ended.
    private struct Key {
        var xid: String
        var id: String
    }

    private func page(
        of request: LogRequest,
        after last: Key,
        in snapshot: Snapshot?
    ) async throws -> (LogStatus, [LogEntry], Key) {
        // Those that had ended and were read lie below the limit too: the ranges do not overlap.
        let running = request.seen.running.map { "\($0)" }.joined(separator: ",")
        let rows = try await connection.query(
            prepared: Self.name,
            [
                .text("{\(running)}"), .text("\(request.seen.xmax)"), .text("\(request.limit ?? .max)"),
                .text(last.xid), .text(last.id), .text(snapshot?.text), .int(pageSize),
            ]
        )
        var status: LogStatus?
        var entries: [LogEntry] = []
        var end = last
        for row in rows {
            let (shown, polled, switches, complete, controls, id, xid, scope, tags, origin) = try row.decode(
                String.self,
                Bool.self,
                String.self,
                String?.self,
                String.self,
                String?.self,
                String?.self,
                String?.self,
                String?.self,
                String?.self
            )
            if status == nil {
                status = try LogStatus(
                    snapshot: shown,
                    polled: polled,
                    switches: switches,
                    completeFrom: complete,
                    controls: controls
                )
            }
            guard let id, let xid, let scope, let tags else { continue }
            entries.append(LogEntry(xid: xid, scope: scope, tags: tags, origin: origin))
            end = Key(xid: xid, id: id)
        }
        guard let status else { throw ListenerError.unreadable("freshet.log_status() gave no row") }
        return (status, entries, end)
    }
}
