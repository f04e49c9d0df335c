import Invalidation
import LibPQ

extension DatabaseCheck {
    private static let patience = Duration.seconds(3)

    /// LISTEN, a beat, and the beat heard: the way that every invalidation takes.
    ///
    /// The beat comes from another connection, as a writer's would. A transaction pooler hands an idle client nothing,
    /// but what a client's own transaction notifies comes back inside it, and would prove what does not hold.
    func roundTrip(_ connection: Connection) async throws -> [Finding] {
        let row = try await connection.onlyRow("select pg_is_in_recovery(), pg_backend_pid()")
        let (isStandby, backend) = try row.decode(Bool.self, Int.self)
        guard !isStandby else {
            return [.failed("LISTEN", "This server is a standby, where nobody can LISTEN: name the primary.")]
        }
        // A pooler answers with a process id of its own making.
        let isPooled = backend != Int(connection.backendProcessID)
        let nonce = "check-" + String(UInt64.random(in: .min ... .max), radix: 36)
        let milliseconds = try await Connection.withConnection(database) { writer -> Double? in
            try await connection.withNotifications(on: "freshet", limit: 10_000) { notifications in
                let start = ContinuousClock.now
                try await Self.beat(writer, nonce)
                guard try await Self.hears(nonce, in: notifications) else { return nil }
                return ((ContinuousClock.now - start) / .microseconds(100)).rounded() / 10
            }
        }
        guard let milliseconds else {
            let cause =
                isPooled
                ? "a pooler stands between that does not keep LISTEN, as in transaction mode"
                : "most likely a transaction pooler stands between, which does not keep LISTEN"
            return [
                .failed(
                    "LISTEN",
                    "Nothing was heard for \(Self.patience): \(cause). "
                        + "Name PostgreSQL itself as --database-url, or a pool in session mode."
                )
            ]
        }
        let way = isPooled ? ", through a pooler in session mode" : ""
        return [.ok("LISTEN", "a notification came back after \(milliseconds) ms\(way)")]
    }

    /// Where `freshet.beat` is not to be had, any NOTIFY does: that is another finding, and not this one's.
    private static func beat(_ connection: Connection, _ nonce: String) async throws {
        let row = try await connection.onlyRow(
            "select coalesce(has_function_privilege(to_regprocedure('freshet.beat(text)'), 'execute'), false)"
        )
        if try row.decode(at: 0, as: Bool.self) {
            _ = try await connection.query("select freshet.beat($1)", [.text(nonce)])
        } else {
            _ = try await connection.query(
                "select pg_notify('freshet', json_build_object('beat', $1::text)::text)",
                [.text(nonce)]
            )
        }
    }

    private static func hears(_ nonce: String, in notifications: Notifications) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for try await batch in notifications {
                    switch batch {
                    // What was dropped may have been ours; the path works all the same.
                    case .overflow: return true
                    case .notifications(let all) where all.contains { $0.payload.contains(nonce) }: return true
                    case .notifications: continue
                    }
                }
                return false
            }
            group.addTask {
                try await Task.sleep(for: patience)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }

    /// PostgreSQL keeps notifications until every listener has read them; a full queue fails the commits of writers.
    func queue(_ connection: Connection) async throws -> [Finding] {
        let usage = try await connection.onlyRow("select pg_notification_queue_usage()").decode(at: 0, as: Double.self)
        let text = "\((usage * 1_000).rounded() / 10) % of the server's queue is in use"
        guard usage >= 0.1 else { return [.ok("NOTIFY queue", text)] }
        let advice =
            "\(text); at 100 % commits fail. A session that did LISTEN holds it in a long transaction: look for state "
            + "'idle in transaction' in pg_stat_activity."
        return [usage < 0.5 ? .note("NOTIFY queue", advice) : .failed("NOTIFY queue", advice)]
    }
}
