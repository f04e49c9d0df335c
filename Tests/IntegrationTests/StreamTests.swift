import TestSupport
import Testing

/// CONTRACT.md §5, from a committed row to the bytes of a stream.
@Suite struct StreamTests {
    private static let todos = """
        create table todo (id int primary key, user_id int, title text, done boolean not null default false);
        insert into todo select g, g % 2 + 1, 'todo ' || g from generate_series(1, 10) as g;
        select freshet.watch('todo', '{todos,todo/:id}', '{user/:user_id}');
        """

    @Test(arguments: Serving.allCases) func `a committed change reaches the user of the row and nobody else`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving, setUp: Self.todos) { service in
            let (ada, grace) = (try await service.token("1"), try await service.token("2"))
            try await service.withStream(ada) { mine, welcome in
                #expect(try welcome.json == EventData(scopes: ["global", "user/1"], user: "1", resumed: false))
                try await service.withStream(grace) { hers, _ in
                    _ = try await service.psql("update todo set done = true where id = 2")
                    let event = try await mine.nextEvent("invalidate")
                    #expect(try event.json.tags == [["todos"], ["todo", 2]])
                    #expect(try event.json.scopes == ["user/1"])
                    #expect(try event.json.txids?.count == 1)
                    #expect(event.id != nil)
                    // What comes next on the other stream is about something later: the change itself never came.
                    _ = try await service.psql("select freshet.invalidate('{mark}')")
                    #expect(try await hers.nextEvent("invalidate").json.tags == [["mark"]])
                }
            }
        }
    }

    @Test(arguments: Serving.allCases) func `a row that moves between users tells both`(serving: Serving) async throws {
        try await RunningService.withService(as: serving, setUp: Self.todos) { service in
            let (ada, grace) = (try await service.token("1"), try await service.token("2"))
            try await service.withStream(ada) { mine, _ in
                try await service.withStream(grace) { hers, _ in
                    _ = try await service.psql("update todo set user_id = 2 where id = 2")
                    for stream in [mine, hers] {
                        #expect(try await stream.nextEvent("invalidate").json.tags == [["todos"], ["todo", 2]])
                    }
                }
            }
        }
    }

    @Test(arguments: Serving.allCases) func `a rolled-back transaction and savepoint tell nothing`(serving: Serving)
        async throws
    {
        try await RunningService.withService(as: serving, setUp: Self.todos) { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                _ = try await service.psql(
                    """
                    begin; update todo set done = true where id = 2; rollback;
                    begin; savepoint s; update todo set done = true where id = 4; rollback to s;
                    update todo set done = true where id = 6; commit;
                    """
                )
                #expect(try await stream.nextEvent("invalidate").json.tags == [["todos"], ["todo", 6]])
            }
        }
    }

    @Test(arguments: Serving.allCases) func `an origin is told with the event of its transaction`(serving: Serving)
        async throws
    {
        try await RunningService.withService(as: serving, setUp: Self.todos) { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                _ = try await service.psql(
                    "begin; set local freshet.origin = 'tab-7f3'; update todo set done = true where id = 2; commit;"
                )
                #expect(try await stream.nextEvent("invalidate").json.origin == "tab-7f3")
            }
        }
    }

    @Test(arguments: Serving.allCases) func `a filter lets pass what covers or is covered by one of its tags`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving, setUp: Self.todos) { service in
            try await service.withStream(try await service.token("1"), query: "?tags=todo/2") { stream, _ in
                _ = try await service.psql("update todo set done = true where id = 4")
                _ = try await service.psql("update todo set done = true where id = 2")
                #expect(try await stream.nextEvent("invalidate").json.tags == [["todo", 2]])
                _ = try await service.psql("select freshet.invalidate('{todo}', 'user/1')")
                #expect(try await stream.nextEvent("invalidate").json.tags == [["todo"]])
            }
        }
    }

    @Test(arguments: Serving.allCases) func `a notification by hand is delivered, and a broken one skipped`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving) { service in
            try await service.withStream(try await service.token("1")) { stream, _ in
                _ = try await service.psql("notify freshet, 'nonsense'")
                _ = try await service.psql(#"notify freshet, '{"tags":[["todos"]],"scope":"global"}'"#)
                let event = try await stream.nextEvent("invalidate")
                #expect(try event.json == EventData(tags: [["todos"]], scopes: ["global"], txids: []))
                try await service.process.line(containing: "A notification was skipped")
            }
        }
    }

    @Test(arguments: Serving.allCases) func `a forged horizon moves no position`(serving: Serving) async throws {
        try await RunningService.withService(as: serving, setUp: Self.todos) { service in
            let token = try await service.token("1")
            let id = try await service.withStream(token) { stream, _ in
                _ = try await service.psql(
                    #"notify freshet, '{"tags":[["x"]],"scope":"global","xid":"999999999","horizon":"999999999"}'"#
                )
                return try await stream.nextEvent("invalidate").id
            }
            _ = try await service.psql("update todo set done = true where id = 2")
            let resumed = [(name: "Last-Event-ID", value: id ?? "")]
            try await service.withStream(token, fields: resumed) { stream, welcome in
                let resumed = try welcome.json.resumed
                #expect(resumed == true)
                // The forged one itself may be told again first.
                while true {
                    let tags = try await stream.nextEvent("invalidate").json.tags ?? []
                    if tags.contains(["todo", 2]) { break }
                }
            }
        }
    }

    @Test(arguments: Serving.allCases)
    func `who comes back with a position is told what it missed, after a welcome with its own id`(serving: Serving)
        async throws
    {
        try await RunningService.withService(as: serving, setUp: Self.todos) { service in
            let token = try await service.token("1")
            let id = try await service.withStream(token) { $1.id ?? "" }
            _ = try await service.psql("update todo set done = true where id = 2")
            _ = try await service.psql("update todo set done = true where id in (3, 4)")
            try await service.withStream(token, query: "?lastEventId=\(id)") { stream, welcome in
                #expect(welcome.id == id)
                let resumed = try welcome.json.resumed
                #expect(resumed == true)
                // In one event, or in two where the service has not heard of the second by now.
                var tags: [[EventData.Segment]] = []
                var transactions: Set<String> = []
                while transactions.count < 2 {
                    let event = try await stream.nextEvent("invalidate").json
                    tags += (event.tags ?? []).filter { !tags.contains($0) }
                    transactions.formUnion(event.txids ?? [])
                }
                #expect(tags == [["todos"], ["todo", 2], ["todo", 4]])
            }
        }
    }

    @Test(arguments: Serving.allCases) func `a position of the database itself can be streamed from`(serving: Serving)
        async throws
    {
        try await RunningService.withService(as: serving, setUp: Self.todos) { service in
            let position = try await service.psql("select freshet.position()").filter { !$0.isWhitespace }
            _ = try await service.psql("update todo set done = true where id = 2")
            try await service.withStream(try await service.token("1"), query: "?lastEventId=\(position)") { stream, _ in
                let tags = try await stream.nextEvent("invalidate").json.tags
                #expect(tags == [["todos"], ["todo", 2]])
            }
        }
    }

    @Test(arguments: ["nonsense", "k0-1", "-", "k999-18446744073709551615"], Serving.allCases)
    func `a position that is none is a reset and no error`(position: String, serving: Serving) async throws {
        try await RunningService.withService(as: serving) { service in
            let fields = [(name: "Last-Event-ID", value: position)]
            try await service.withStream(try await service.token("1"), fields: fields) { stream, welcome in
                let resumed = try welcome.json.resumed
                #expect(resumed == false)
                #expect(try await stream.nextEvent("reset").json.reason == "history")
            }
        }
    }

    @Test(arguments: Serving.allCases) func `an idle stream's position moves without an event`(serving: Serving)
        async throws
    {
        try await RunningService.withService(as: serving, ["--heartbeat", "200ms"]) { service in
            try await service.withStream(try await service.token("1")) { stream, welcome in
                for _ in 1...50 {
                    guard let item = try await stream.next() else { break }
                    if case .position(let id) = item, id != welcome.id { return }
                }
                throw TestFailure("fifty heartbeats moved nothing: \(stream.seen)")
            }
        }
    }

    @Test(arguments: Serving.allCases) func `the head of a stream is what proxies and browsers need`(serving: Serving)
        async throws
    {
        try await RunningService.withService(as: serving) { service in
            for path in ["/sse", ""] {
                try await SSEClient.withStream(
                    port: service.port,
                    RunningService.base + path,
                    fields: RunningService.bearer(try await service.token("1"))
                ) { stream in
                    #expect(stream.head.status == 200)
                    #expect(stream.head["Content-Type"] == "text/event-stream")
                    #expect(stream.head["Cache-Control"]?.contains("no-store") == true)
                    #expect(stream.head["X-Accel-Buffering"] == "no")
                    guard case .retry = try await stream.next() else { throw TestFailure("no retry") }
                }
            }
        }
    }

    @Test(arguments: Serving.allCases) func `a stream may come on a connection that has carried requests before`(
        serving: Serving
    ) async throws {
        try await RunningService.withService(as: serving) { service in
            let token = try await service.token("1")
            let origin = "http://127.0.0.1:\(service.port)"
            let arguments = [
                "--silent", "--no-buffer", "--verbose", origin + serving.health, "--next", "--silent", "--no-buffer",
                "--verbose", "--header", "Authorization: Bearer \(token)", origin + RunningService.base + "/sse",
            ]
            try await ServiceProcess.withProcess("/usr/bin/curl", arguments) { curl in
                // Standard output and standard error are two pipes: only the order within each is sure.
                var isReused = false
                var isWelcome = false
                while !isReused || !isWelcome {
                    guard let line = try await curl.nextLine() else { throw TestFailure("\(curl.log)") }
                    isReused = isReused || line.contains("Re-using existing connection")
                    isWelcome = isWelcome || line.contains("event: welcome")
                }
                _ = try await service.psql("select freshet.invalidate('{todos}', 'user/1')")
                try await curl.line(containing: #""tags":[["todos"]]"#)
            }
        }
    }

    @Test(arguments: Serving.allCases) func `two databases of one cluster do not hear each other`(serving: Serving)
        async throws
    {
        try await RunningService.withService(as: serving) { one in
            try await RunningService.withService(as: serving) { other in
                try await one.withStream(try await one.token("1")) { mine, _ in
                    try await other.withStream(try await other.token("1")) { theirs, _ in
                        _ = try await one.psql("select freshet.invalidate('{one}', 'user/1')")
                        _ = try await other.psql("select freshet.invalidate('{other}', 'user/1')")
                        let (first, second) = (
                            try await mine.nextEvent("invalidate").json.tags,
                            try await theirs.nextEvent("invalidate").json.tags
                        )
                        #expect(first == [["one"]])
                        #expect(second == [["other"]])
                    }
                }
            }
        }
    }

    @Test(arguments: Serving.allCases)
    func `two users under load hear everything of their own and nothing of the other's`(serving: Serving) async throws {
        try await RunningService.withService(as: serving, setUp: Self.todos) { service in
            let (ada, grace) = (try await service.token("1"), try await service.token("2"))
            try await service.withStream(ada) { mine, _ in
                try await service.withStream(grace) { hers, _ in
                    for round in 1...20 {
                        _ = try await service.psql(
                            """
                            insert into todo select 1000 * \(round) + g, g % 2 + 1, 'x' from generate_series(1, 10) as g;
                            update todo set title = title || '!' where id > 1000 * \(round);
                            delete from todo where id = 1000 * \(round) + 1;
                            """
                        )
                    }
                    _ = try await service.psql("select freshet.invalidate('{last}')")
                    for (stream, user) in [(mine, 1), (hers, 2)] {
                        var told: Set<Int> = []
                        while true {
                            let data = try await stream.nextEvent("invalidate").json
                            if data.tags?.contains(["last"]) == true { break }
                            #expect(data.scopes == ["user/\(user)"])
                            for tag in data.tags ?? [] {
                                if tag.count == 2, case .number(let id) = tag[1] { told.insert(id) }
                            }
                        }
                        let own = (1...20).flatMap { round in
                            (1...10).filter { $0 % 2 + 1 == user }.map { 1_000 * round + $0 }
                        }
                        #expect(told == Set(own))
                    }
                }
            }
        }
    }
}
