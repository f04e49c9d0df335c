import LibPQ
import TestSupport
import Testing
import ThrowawayPostgres

/// CONTRACT.md §3: read data and `freshet.position()` together, stream from it, miss nothing.
@Suite(.timeLimit(.minutes(20))) struct PositionTests {
    @Test(arguments: ["read committed", "repeatable read", "serializable", "repeatable read, read only"])
    func `what a snapshot did not see is told from its position`(isolation: String) async throws {
        let setUp = """
            create table note (id int primary key);
            select freshet.watch('note', '{note/:id}', '{user/1}');
            """
        try await TestDatabase.withDatabase { database in
            try await database.psql(setUp)
            let role = "svc_\(database.name)"
            try await database.psql("create role \(role) login; grant freshet_service to \(role);")
            try await RunningService.start(
                conninfo: database.conninfo(user: role),
                [],
                psql: { try await database.psql($0) }
            ) { service in
                let position = try await database.cluster.withSession(database: database.name) { writer in
                    try await writer.execute("begin; insert into note values (1)")
                    return try await database.cluster.withSession(database: database.name) { reader in
                        try await reader.execute("begin isolation level \(isolation)")
                        let read = try await reader.notesAndPosition()
                        #expect(read.count == 0)
                        try await database.psql("insert into note values (2)")
                        let again = try await reader.notesAndPosition()
                        #expect(again == read || isolation == "read committed" && again.count == 1)
                        try await writer.execute("commit")
                        let last = try await reader.notesAndPosition()
                        #expect(last == read || isolation == "read committed" && last.count == 2)
                        try await reader.execute("commit")
                        return read.position
                    }
                }
                try await Self.expect([1, 2], from: position, by: service)
            }
        }
    }

    @Test(arguments: ["read committed", "repeatable read", "repeatable read, read only"])
    func `what a replica's snapshot did not see is told from the position that was read there`(
        isolation: String
    ) async throws {
        try await Replicated.withReplicas { replicated in
            let (primary, standby) = (replicated.primary, replicated.standby)
            let position = try await primary.withSession { writer in
                try await writer.execute("begin; insert into note values (1)")
                try await standby.catchUp(with: primary)
                // Committed, and not yet there.
                try await standby.pauseReplay()
                try await primary.psql(.text("insert into note values (2)"))
                return try await standby.withSession { reader in
                    try await reader.execute("begin isolation level \(isolation)")
                    let read = try await reader.notesAndPosition()
                    #expect(read.count == 0)
                    try await writer.execute("commit")
                    try await standby.psql(.text("select pg_wal_replay_resume()"))
                    try await standby.catchUp(with: primary)
                    let again = try await reader.notesAndPosition()
                    #expect(again == read || isolation == "read committed" && again.count == 2)
                    try await reader.execute("commit")
                    return read.position
                }
            }
            try await Self.expect([1, 2], from: position, by: replicated.service)
        }
    }

    @Test func `a replica that has been promoted in the primary's place is another timeline`() async throws {
        try await Replicated.withReplicas { replicated in
            let (primary, standby, service) = (replicated.primary, replicated.standby, replicated.service)
            let token = try await service.token("1")
            try await standby.catchUp(with: primary)
            try await service.withStream(token) { stream, welcome in
                let old = try #require(welcome.id)
                // What the replica has never received: its ids will be given out again, to other transactions.
                try await standby.stop()
                try await primary.psql(.text("insert into note values (1); insert into note values (2)"))
                var lost = try await stream.nextEvent("invalidate")
                while try lost.json.tags?.contains(["note", 2]) != true { lost = try await stream.nextEvent() }

                try await primary.stop(.immediate)
                try await standby.start()
                try await standby.promote()
                try await standby.psql(.text("insert into note select generate_series(3, 9)"))
                replicated.address.retarget(.tcp(port: standby.port))

                _ = try await stream.next { if case .event(let event) = $0 { event.type == "reset" } else { false } }
                try await standby.psql(.text("insert into note values (10)"))
                #expect(try await stream.nextEvent("invalidate").json.tags == [["note", 10]])

                let later = try #require(lost.id)
                for position in [old, later] { try await Self.expectReset(from: position, by: service, token) }
            }
        }
    }

    @Test func `a copy of the cluster that goes its own way is another timeline`() async throws {
        try await Replicated.withReplicas { replicated in
            let (primary, service) = (replicated.primary, replicated.service)
            let token = try await service.token("1")
            try await service.withStream(token) { stream, welcome in
                let old = try #require(welcome.id)
                try await primary.withCopy { copy in
                    // Both give out the same ids from here on.
                    try await primary.psql(.text("insert into note values (1)"))
                    let heard = try await stream.nextEvent("invalidate")
                    let later = try #require(heard.id)
                    try await copy.psql(.text("insert into note select generate_series(2, 9)"))
                    let read = try await copy.psql(.text("select freshet.position()"))

                    replicated.address.retarget(.tcp(port: copy.port))
                    try await replicated.address.dropAll()
                    _ = try await stream.next {
                        if case .event(let event) = $0 { event.type == "reset" } else { false }
                    }
                    try await copy.psql(.text("insert into note values (10)"))
                    #expect(try await stream.nextEvent("invalidate").json.tags == [["note", 10]])
                    for position in [old, later, read] {
                        try await Self.expectReset(from: position, by: service, token)
                    }
                }
            }
        }
    }

    /// Streams from a position until every one of these notes has been told.
    private static func expect(_ notes: Set<Int>, from position: String, by service: RunningService) async throws {
        let token = try await service.token("1")
        try await service.withStream(token, query: "?lastEventId=\(position)") { stream, welcome in
            let isResumed = try welcome.json.resumed
            #expect(isResumed == true)
            var untold = notes
            while !untold.isEmpty {
                let tags = try await stream.nextEvent("invalidate").json.tags ?? []
                untold = untold.filter { !tags.contains(["note", .number($0)]) }
            }
        }
    }

    private static func expectReset(
        from position: String,
        by service: RunningService,
        _ token: String
    ) async throws {
        try await service.withStream(token, query: "?lastEventId=\(position)") { stream, welcome in
            let isResumed = try welcome.json.resumed
            #expect(isResumed == false)
            _ = try await stream.nextEvent("reset")
        }
    }
}
