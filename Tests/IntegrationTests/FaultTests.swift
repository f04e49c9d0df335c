import Foundation
import TestSupport
import Testing
import ThrowawayPostgres

/// What happens to streams when the database or the service goes away (CONTRACT.md §2, §6).
@Suite struct FaultTests {
    @Test func `what is committed while the listener's backend is gone is told when it is back`() async throws {
        try await RunningService.withService(["--heartbeat", "500ms"]) { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                for round in 1...5 {
                    _ = try await service.psql(
                        """
                        select pg_terminate_backend(pid) from pg_stat_activity
                         where datname = current_database() and pid <> pg_backend_pid();
                        select freshet.invalidate('{round/\(round)}', 'user/1');
                        """
                    )
                    while try await stream.nextEvent("invalidate").json.tags?.contains(["round", .number(round)])
                        != true
                    {}
                }
            }
        }
    }

    @Test func `an orderly restart of the database loses nothing, and streams stay open through it`() async throws {
        try await RunningService.withOwnCluster(["--heartbeat", "500ms"]) { service, cluster in
            try await service.withStream(try await service.token("1")) { stream, welcome in
                try await cluster.stop(.fast)
                try await cluster.start()
                _ = try await service.psql("select freshet.invalidate('{after}', 'user/1')")
                let event = try await stream.nextEvent("invalidate")
                let tags = try event.json.tags
                #expect(tags == [["after"]])
                #expect(welcome.id != event.id)
            }
        }
    }

    /// Ids of transactions that were not flushed are given out a second time after a crash.
    @Test func `a crash of the database is a reset, for open streams and for positions from before`() async throws {
        try await RunningService.withOwnCluster(["--heartbeat", "500ms"]) { service, cluster in
            let token = try await service.token("1")
            try await service.withStream(token) { stream, welcome in
                try await cluster.stop(.immediate)
                try await cluster.start()
                let reset = try await stream.nextEvent("reset")
                #expect(try reset.json.reason == "gap")
                _ = try await service.psql("select freshet.invalidate('{after}', 'user/1')")
                let tags = try await stream.nextEvent("invalidate").json.tags
                #expect(tags == [["after"]])
                let id = welcome.id ?? ""
                try await service.withStream(token, query: "?lastEventId=\(id)") { again, welcome in
                    let resumed = try welcome.json.resumed
                    #expect(resumed == false)
                    #expect(try await again.nextEvent("reset").json.reason == "history")
                }
            }
        }
    }

    /// The copy bears the same system identifier, the same WAL history, and transaction ids that are given out anew.
    @Test func `a copy of the database's files that is put back in place is a reset`() async throws {
        try await RunningService.withOwnCluster(["--heartbeat", "500ms"]) { service, cluster in
            let token = try await service.token("1")
            let (data, copy) = (cluster.directory + "/data", cluster.directory + "/copy")
            _ = try await service.psql("checkpoint;\n\\! cp -a '\(data)' '\(copy)'")
            _ = try await service.psql("select freshet.invalidate('{lost}') from generate_series(1, 50)")
            let id = try await service.psql("select freshet.position()").filter { !$0.isWhitespace }
            try await service.withStream(token, query: "?lastEventId=\(id)") { stream, welcome in
                let resumed = try welcome.json.resumed
                #expect(resumed == true)
                try await cluster.stop(.immediate)
                try FileManager.default.moveItem(atPath: data, toPath: data + ".old")
                try FileManager.default.moveItem(atPath: copy, toPath: data)
                try FileManager.default.removeItem(atPath: data + "/postmaster.pid")
                try await cluster.start()
                #expect(try await stream.nextEvent("reset").json.reason == "gap")
                // The session was made before the copy, so it is still there.
                try await service.withStream(token, query: "?lastEventId=\(id)") { again, welcome in
                    let resumed = try welcome.json.resumed
                    #expect(resumed == false)
                    #expect(try await again.nextEvent("reset").json.reason == "history")
                }
            }
        }
    }

    @Test func `while the database is away a new stream is sent away with status 200 and other routes with 503`()
        async throws
    {
        try await RunningService.withOwnCluster(["--heartbeat", "500ms"]) { service, cluster in
            let token = try await service.token("9", "is_admin => true")
            let position = try await service.withStream(token) { $1.id ?? "" }
            try await cluster.stop(.fast)
            let fields = RunningService.bearer(token)
            let stream = try await SSEClient.connect(
                port: service.port,
                RunningService.base + "/sse",
                fields: fields + [("Last-Event-ID", position)]
            )
            #expect(stream.head.status == 200)
            let items = try await stream.rest()
            guard case .retry(let wait)? = items.first else { throw TestFailure("no retry: \(items)") }
            #expect((5_000...10_000).contains(wait))
            guard case .event(let goaway)? = items.last else { throw TestFailure("no event: \(items)") }
            #expect(try goaway.json.reason == "unavailable")
            #expect(goaway.id == position)
            let status = try await service.get(RunningService.base + "/status", fields)
            #expect(status.status == 503)
            #expect(status["Retry-After"] != nil)
            try await cluster.start()
            // Each refusal is a signal to ask again; what ends the waiting is that the service answers.
            while true {
                let again = try await SSEClient.connect(
                    port: service.port,
                    RunningService.base + "/sse",
                    fields: fields + [("Last-Event-ID", position)]
                )
                let event = try await again.nextEvent()
                await again.connection.close()
                guard event.type == "welcome" else { continue }
                let resumed = try event.json.resumed
                #expect(resumed == true)
                break
            }
        }
    }

    @Test func `open streams end as unavailable when the database stays away past the grace`() async throws {
        try await RunningService.withOwnCluster(["--heartbeat", "500ms", "--auth-grace", "1s"]) { service, cluster in
            try await service.withStream(try await service.token("1")) { stream, _ in
                try await cluster.stop(.fast)
                #expect(try await stream.nextEvent("goaway").json.reason == "unavailable")
            }
        }
    }

    @Test func `a restart of the service resumes from the log`() async throws {
        try await TestDatabase.withDatabase { database in
            let role = "svc_\(database.name)"
            try await database.psql("create role \(role) login; grant freshet_service to \(role);")
            let conninfo = database.conninfo(user: role)
            let psql: @Sendable (String) async throws -> String = { try await database.psql($0) }
            let (token, id) = try await RunningService.start(conninfo: conninfo, [], psql: psql) { service in
                let token = try await service.token("1")
                let id = try await service.withStream(token) { $1.id ?? "" }
                return (token, id)
            }
            try await database.psql("select freshet.invalidate('{missed}', 'user/1')")
            try await RunningService.start(conninfo: conninfo, [], psql: psql) { service in
                try await service.withStream(token, query: "?lastEventId=\(id)") { stream, welcome in
                    let resumed = try welcome.json.resumed
                    #expect(resumed == true)
                    let tags = try await stream.nextEvent("invalidate").json.tags ?? []
                    #expect(tags.contains(["missed"]))
                }
            }
        }
    }

    @Test func `without a log a lost connection costs a reset`() async throws {
        try await RunningService.withService(setUp: "select freshet.configure('history', '0')") { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                _ = try await service.psql(
                    """
                    select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and pid <> pg_backend_pid()
                    """
                )
                #expect(try await stream.nextEvent("reset").json.reason == "gap")
                _ = try await service.psql("select freshet.invalidate('{after}', 'user/1')")
                #expect(try await stream.nextEvent("invalidate").json.tags == [["after"]])
            }
        }
    }

    @Test func `what has outlived the history is deleted, and a position before it is a reset`() async throws {
        try await TestDatabase.withDatabase { database in
            let role = "svc_\(database.name)"
            try await database.psql(
                "create role \(role) login; grant freshet_service to \(role); select freshet.configure('history', '1 second')"
            )
            let psql: @Sendable (String) async throws -> String = { try await database.psql($0) }
            let position = try await database.psql("select freshet.position()")
            try await database.psql("select freshet.invalidate('{old}') from generate_series(1, 2500)")
            let arguments = ["--heartbeat", "200ms"]
            let conninfo = database.conninfo(user: role)
            try await RunningService.start(conninfo: conninfo, arguments, psql: psql) { _ in
                try await database.wait(until: "not exists (select from freshet.event)")
            }
            try await RunningService.start(conninfo: conninfo, arguments, psql: psql) { service in
                let token = try await service.token("1")
                try await service.withStream(token, query: "?lastEventId=\(position)") { stream, _ in
                    let reason = try await stream.nextEvent("reset").json.reason
                    #expect(reason == "history")
                }
            }
        }
    }

    @Test func `a service that is told to stop says goaway to all and exits with 0`() async throws {
        try await RunningService.withService { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                service.process.terminate()
                let rest = try await stream.rest()
                guard case .event(let goaway)? = rest.last else { throw TestFailure("no event: \(rest)") }
                #expect(try goaway.json.reason == "shutdown")
                #expect(rest.contains { if case .retry = $0 { true } else { false } })
                #expect(try await service.process.exit() == .code(0))
            }
        }
    }

    /// Limits for web requests, which an administrator may have set for every role.
    @Test(arguments: ["notify", "poll"])
    func `the settings of the service's role do not reach its connections`(delivery: String) async throws {
        try await TestDatabase.withOwnCluster { database in
            try await database.psql(
                """
                create role svc login; grant freshet_service to svc;
                select freshet.configure('delivery', '\(delivery)');
                alter role svc set statement_timeout = '2s';
                alter role svc set lock_timeout = '1ms';
                alter role svc set idle_in_transaction_session_timeout = '1ms';
                alter role svc set default_transaction_isolation = 'serializable';
                alter role svc set default_transaction_read_only = on;
                alter role svc set synchronous_commit = off;
                select set_config('a.b', '', false);
                do $$ begin
                    if current_setting('server_version_num')::int >= 140000 then
                        alter role svc set idle_session_timeout = '300ms';
                    end if;
                end $$;
                """
            )
            let psql: @Sendable (String) async throws -> String = { try await database.psql($0) }
            let arguments = ["--heartbeat", "2s", "--recheck", "1h"]
            try await RunningService.start(conninfo: database.conninfo(user: "svc"), arguments, psql: psql) { service in
                let admin = try await service.token("1", "is_admin => true")
                try await service.withStream(admin) { stream, welcome in
                    let fields = RunningService.bearer(admin)
                    let body = #"{"tags":[["mine"]],"scope":"user/1"}"#
                    let path = RunningService.base + "/invalidate"
                    let response = try await service.send(TestRequest("POST", path, fields: fields, json: body))
                    #expect(response.status == 202)
                    #expect(try await stream.nextEvent("invalidate").json.tags == [["mine"]])
                    // A timeline begins with a write of the service's.
                    try await database.cluster.stop(.immediate)
                    try await database.cluster.start()
                    let reset = try await stream.nextEvent("reset")
                    #expect(try reset.json.reason == "gap")
                    #expect(reset.id?.split(separator: "-").first != welcome.id?.split(separator: "-").first)
                }
            }
        }
    }
}
