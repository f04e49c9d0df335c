import TestSupport
import Testing

/// Delivery `poll`: nothing is notified, and nothing is missed (CONTRACT.md §3).
@Suite(.timeLimit(.minutes(20))) struct PollTests {
    private static let todo = """
        create table todo (id int primary key, user_id int, done boolean not null default false);
        select freshet.watch('todo', '{todos,todo/:id}', '{user/:user_id}');
        """
    private static let poll = "select freshet.configure('delivery', 'poll');"

    /// The next invalidation that names this tag; what else is told before it is passed over.
    private static func wait(for tag: [EventData.Segment], on stream: SSEClient) async throws -> EventData {
        while true {
            let data = try await stream.nextEvent("invalidate").json
            if data.tags?.contains(tag) == true { return data }
        }
    }

    @Test func `a row that changes is told with its transaction, and to nobody else`() async throws {
        try await RunningService.withService(setUp: Self.todo + Self.poll) { service in
            try await service.withStream(try await service.token("1")) { ada, _ in
                try await service.withStream(try await service.token("2")) { grace, _ in
                    let xid = try await service.psql(
                        """
                        with done as (insert into todo values (1, 1) returning id)
                        select pg_current_xact_id() from done
                        """
                    ).filter { !$0.isWhitespace }
                    let event = try await ada.nextEvent("invalidate").json
                    #expect(event.tags == [["todos"], ["todo", 1]])
                    #expect(event.scopes == ["user/1"])
                    #expect(event.txids == [xid])
                    _ = try await service.psql("insert into todo values (2, 2)")
                    #expect(try await grace.nextEvent("invalidate").json.tags == [["todos"], ["todo", 2]])
                }
            }
        }
    }

    @Test func `no trigger notifies`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(Self.todo + Self.poll)
            let heard = try await database.psql(
                """
                listen freshet;
                insert into todo values (1, 1);
                begin isolation level serializable; insert into todo values (2, 1); commit;
                select freshet.invalidate('{x}');
                select freshet.create_session('1');
                delete from freshet.session;
                select 'logged', count(*) from freshet.event;
                """
            )
            #expect(!heard.contains("Asynchronous notification"))
            #expect(heard.contains("logged|4"))
        }
    }

    @Test func `a transaction that stays open delays nobody, and is told when it commits`() async throws {
        try await RunningService.withService(["--heartbeat", "500ms"], setUp: Self.todo + Self.poll) { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    _ = try await service.psql("create table gate (open boolean)")
                    group.addTask {
                        _ = try await service.psql(
                            """
                            begin;
                            insert into todo values (1, 1);
                            do $$ begin
                                while not exists (select from gate) loop perform pg_sleep(0.02); end loop;
                            end $$;
                            commit;
                            """
                        )
                    }
                    for id in 2...5 {
                        _ = try await service.psql("insert into todo values (\(id), 1)")
                        _ = try await Self.wait(for: ["todo", .number(id)], on: stream)
                    }
                    _ = try await service.psql("insert into gate values (true)")
                    _ = try await Self.wait(for: ["todo", 1], on: stream)
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func `a logout is obeyed before what was committed after it is told`() async throws {
        try await RunningService.withService(setUp: Self.todo + Self.poll) { service in
            for round in 1...5 {
                // Each round has a user of its own, who may not hear the last round's row.
                let token = try await service.token("\(round)")
                try await service.withStream(token) { stream, _ in
                    _ = try await service.psql(
                        """
                        select freshet.revoke_session('\(token)');
                        insert into todo values (\(round), \(round));
                        """
                    )
                    let event = try await stream.nextEvent()
                    #expect(event.type == "goaway")
                    let reason = try event.json.reason
                    #expect(reason == "revoked")
                }
            }
        }
    }

    @Test func `what is committed while the listener is gone is told when it is back`() async throws {
        try await RunningService.withService(["--heartbeat", "500ms"], setUp: Self.todo + Self.poll) { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                for round in 1...5 {
                    _ = try await service.psql(
                        """
                        select pg_terminate_backend(pid) from pg_stat_activity
                         where datname = current_database() and pid <> pg_backend_pid();
                        insert into todo values (\(round), 1);
                        """
                    )
                    _ = try await Self.wait(for: ["todo", .number(round)], on: stream)
                }
            }
        }
    }

    /// A loop in the server, which sees other sessions' locks whatever its snapshot.
    private static func wait(until condition: String) -> String {
        "do $$ begin while not \(condition) loop perform pg_sleep(0.01); end loop; end $$;"
    }

    private static func lock(_ key: Int) -> String {
        "locktype = 'advisory' and objid = \(key) and database = (select oid from pg_database where datname = current_database())"
    }

    /// Each isolation level has its own way of seeing the switch; each transaction here spans it.
    @Test(arguments: ["read committed", "repeatable read", "serializable"])
    func `switching while transactions run loses nothing`(isolation: String) async throws {
        try await RunningService.withService(["--heartbeat", "500ms"], setUp: Self.todo) { service in
            _ = try await service.psql("create table gate (round int)")
            try await service.withStream(try await service.token("1")) { stream, _ in
                for round in 1...6 {
                    // Its snapshot is older than the switch, and its transaction id is younger.
                    async let spanning = service.psql(
                        """
                        begin isolation level \(isolation);
                        select count(*) from todo;
                        \(Self.wait(until: "exists (select from pg_locks where \(Self.lock(round)) and granted)"))
                        select pg_advisory_lock_shared(\(round));
                        insert into todo values (\(round), 1);
                        commit;
                        """
                    )
                    _ = try await service.psql(
                        """
                        select pg_advisory_lock(\(round));
                        \(Self.wait(until: "exists (select from pg_locks where \(Self.lock(round)) and not granted)"))
                        select freshet.configure('delivery', '\(round.isMultiple(of: 2) ? "notify" : "poll")');
                        """
                    )
                    _ = try await service.psql("insert into todo values (\(100 + round), 1)")
                    _ = try await spanning
                    var missing: Set<Int> = [round, 100 + round]
                    while !missing.isEmpty {
                        for tag in try await stream.nextEvent("invalidate").json.tags ?? [] {
                            if tag.count == 2, case .number(let id) = tag[1] { missing.remove(id) }
                        }
                    }
                }
                let status = try await service.get(
                    RunningService.base + "/status",
                    RunningService.bearer(try await service.token("9", "is_admin => true"))
                )
                #expect(status.text.contains(#""delivery":"notify""#))
            }
        }
    }

    @Test func `a client that comes back is told what was committed meanwhile`() async throws {
        try await RunningService.withService(["--heartbeat", "500ms"], setUp: Self.todo + Self.poll) { service in
            let token = try await service.token("1")
            let position = try await service.withStream(token) { $1.id ?? "" }
            _ = try await service.psql("insert into todo values (1, 1)")
            try await service.withStream(token, query: "?lastEventId=\(position)") { stream, welcome in
                let resumed = try welcome.json.resumed
                #expect(resumed == true)
                _ = try await Self.wait(for: ["todo", 1], on: stream)
            }
        }
    }

    @Test func `more rows than a page holds are told`() async throws {
        try await RunningService.withService(["--heartbeat", "500ms"], setUp: Self.poll) { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                _ = try await service.psql(
                    "select freshet.invalidate('{many}', 'user/' || n) from generate_series(2, 25000) as n"
                )
                _ = try await service.psql("select freshet.invalidate('{last}', 'user/1')")
                _ = try await Self.wait(for: ["last"], on: stream)
            }
        }
    }

    @Test func `poll needs a log, and a log that is polled cannot be switched off`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(Self.poll)
            await #expect(throws: (any Error).self) {
                try await database.psql("select freshet.configure('history', '0')")
            }
            try await database.psql("select freshet.configure('delivery', 'notify')")
            try await database.psql("select freshet.configure('history', '0')")
            await #expect(throws: (any Error).self) { try await database.psql(Self.poll) }
        }
    }

    /// The logout stands in the log and the other comes at once: it waits for a poll that began later.
    @Test func `what is notified by hand after a logout is not told before the logout is read`() async throws {
        try await RunningService.withService(["--poll-interval", "500ms"], setUp: Self.poll) { service in
            for round in 1...4 {
                let token = try await service.token("\(round)")
                try await service.withStream(token) { stream, _ in
                    _ = try await service.psql(
                        """
                        select freshet.revoke_session('\(token)');
                        notify freshet, '{"tags":[["secret"]],"scope":"user/\(round)"}';
                        """
                    )
                    #expect(try await stream.nextEvent().type == "goaway")
                }
            }
        }
    }

    @Test func `a log that does not go back to all that runs cannot be polled yet`() async throws {
        // Of its own, because what runs in other databases counts too.
        try await TestDatabase.withOwnCluster { database in
            try await database.psql("select freshet.configure('history', '0')")
            try await database.psql("select freshet.configure('history', '1 hour')")
            await #expect(throws: (any Error).self) { try await database.psql(Self.poll) }
            try await database.psql("select freshet.prune()")
            try await database.psql(Self.poll)
        }
    }

    @Test func `a row of the log that nobody understands costs everybody a refetch, and the listener nothing`()
        async throws
    {
        try await RunningService.withService(setUp: Self.todo + Self.poll) { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                _ = try await service.psql(
                    """
                    insert into freshet.event (xid, horizon, scope, tags)
                    values (pg_current_xact_id(), pg_current_xact_id(), 'invented', '{"x":1}')
                    """
                )
                #expect(try await stream.nextEvent("reset").json.reason == "overflow")
                _ = try await service.psql("insert into todo values (1, 1)")
                _ = try await Self.wait(for: ["todo", 1], on: stream)
                try await service.process.line(containing: "row of the log that this version does not know")
            }
        }
    }
}
