import Invalidation
import LibPQ

/// Reads what the database says of itself, and the log, in one snapshot that begins after `LISTEN`.
struct DatabaseLog: Sendable {
    let connection: Connection

    /// The most rows that are read; what lies before them counts as unknown.
    let limit: Int

    /// - Parameter needed: the position up to which everything is known, if there is one.
    func attach(after needed: Position?) async throws -> CatchUp {
        try await connection.execute("begin isolation level repeatable read")
        do {
            let catchUp = try await read(after: needed)
            try await connection.execute("commit")
            return catchUp
        } catch {
            try? await connection.execute("rollback")
            throw error
        }
    }

    private func read(after needed: Position?) async throws -> CatchUp {
        let attached = try await connection.query("select timeline, secret, complete_from from freshet.attach()")
        guard let row = attached.first else { throw ListenerError.unreadable("freshet.attach() gave no row") }
        let (name, secret, complete) = try row.decode(String.self, [UInt8].self, String?.self)
        guard let timeline = Timeline(name) else {
            throw ListenerError.unreadable("freshet.attach() gave the timeline '\(name)'")
        }
        let status = try await LogStatus.read(on: connection)
        let controls = try await Controls.read(on: connection)
        var entries: [Invalidation] = []
        var readFrom: UInt64?
        // The log as a whole counts only where one is kept: `attach` says it, the state alone does not.
        if let completeFrom = complete.flatMap({ UInt64(digits: $0.utf8) }) {
            var from = completeFrom
            if let needed, needed.timeline == timeline { from = max(from, needed.horizon) }
            let rows = try await rows(from: from)
            entries = rows.entries.compactMap(\.invalidation)
            // Where rows were left out, the history is complete only above the highest transaction among them.
            readFrom = rows.isWhole ? from : try await highestUnread(from: from).map { max(from, $0 + 1) } ?? from
        }
        return CatchUp(
            timeline: timeline,
            secret: secret,
            polled: status.polled,
            switches: status.switches,
            logCompleteFrom: status.completeFrom,
            controls: controls,
            snapshot: status.snapshot,
            entries: entries,
            readFrom: readFrom
        )
    }

    private func rows(from xid: UInt64) async throws -> (entries: [LogEntry], isWhole: Bool) {
        let rows = try await connection.query(
            """
            select \(LogEntry.columns) from freshet.event as e
             where e.xid >= $1::text::xid8 order by e.id desc limit $2::integer
            """,
            [.text("\(xid)"), .int(limit)]
        )
        var entries: [LogEntry] = []
        entries.reserveCapacity(rows.count)
        for row in rows {
            let (xid, scope, tags, origin) = try row.decode(String.self, String.self, String.self, String?.self)
            entries.append(LogEntry(xid: xid, scope: scope, tags: tags, origin: origin))
        }
        return (entries.reversed(), rows.count < limit)
    }

    private func highestUnread(from xid: UInt64) async throws -> UInt64? {
        let rows = try await connection.query(
            """
            select max(xid::text::numeric)::text from (
              select xid from freshet.event where xid >= $1::text::xid8 order by id desc offset $2::integer
            ) as unread
            """,
            [.text("\(xid)"), .int(limit)]
        )
        guard let highest = try rows.first?.decode(at: 0, as: String?.self) else { return nil }
        return UInt64(digits: highest.utf8)
    }
}
