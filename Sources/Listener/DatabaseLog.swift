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
        let state = try await connection.query(
            "select timeline, secret, complete_from, pg_snapshot_xmin(pg_current_snapshot())::text from freshet.attach()"
        )
        guard let row = state.first else { throw ListenerError.unreadable("freshet.attach() gave no row") }
        let (name, secret, complete, xmin) = try row.decode(String.self, [UInt8].self, String?.self, String.self)
        guard let timeline = Timeline(name), let horizon = UInt64(digits: xmin.utf8) else {
            throw ListenerError.unreadable("freshet.attach() gave the timeline '\(name)' and the horizon '\(xmin)'")
        }
        guard let completeFrom = complete.flatMap({ UInt64(digits: $0.utf8) }) else {
            return CatchUp(
                timeline: timeline,
                secret: secret,
                completeFrom: nil,
                horizon: horizon,
                entries: [],
                readFrom: nil
            )
        }
        var from = completeFrom
        if let needed, needed.timeline == timeline { from = max(from, needed.horizon) }
        let (entries, isWhole) = try await rows(from: from)
        return CatchUp(
            timeline: timeline,
            secret: secret,
            completeFrom: completeFrom,
            horizon: horizon,
            entries: entries,
            // Where rows were left out, the history is complete only above the highest transaction among them.
            readFrom: isWhole ? from : try await highestUnread(from: from).map { max(from, $0 + 1) } ?? from
        )
    }

    private func rows(from xid: UInt64) async throws -> (entries: [Invalidation], isWhole: Bool) {
        let rows = try await connection.query(
            """
            select xid::text, scope, tags::text, origin from freshet.event
             where xid >= $1::text::xid8 order by id desc limit $2::integer
            """,
            [.text("\(xid)"), .int(limit)]
        )
        var entries: [Invalidation] = []
        entries.reserveCapacity(rows.count)
        for row in rows {
            let (xid, scope, tags, origin) = try row.decode(String.self, String.self, String.self, String?.self)
            guard let list = try? TagList(json: tags), let scope = Scope(text: scope) else {
                // The log is written by Freshet's own functions; what cannot be read is not passed over in silence.
                throw ListenerError.unreadable("freshet.event has the tags '\(tags)' in the scope '\(scope)'")
            }
            entries.append(
                Invalidation(
                    tags: list.tags,
                    scope: scope,
                    xid: UInt64(digits: xid.utf8),
                    origin: origin,
                    coversAll: list.coversAll
                )
            )
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
