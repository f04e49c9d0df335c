import LibPQ
import TestSupport
import Testing
import ThrowawayPostgres

/// `migrations/sessions`: what holds for the session table of every framework.
@Suite(.timeLimit(.minutes(20))) struct SessionPresetTests {
    @Test(arguments: SessionPreset.all, ["UTC", "America/New_York", "Asia/Tokyo"])
    func `whoever is signed in is known, and nobody else, in any time zone`(
        preset: SessionPreset,
        zone: String
    ) async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql("alter database \(database.name) set timezone = '\(zone)'")
            try await preset.install(in: database)
            let id = try await database.psql("select \(preset.sessionID)")
            #expect((id == preset.credential) == preset.isVerified)
            let session = FoundSession(user: preset.user, id: id, hasExpiry: preset.hasExpiry, isAdmin: false)
            #expect(try await database.lookUp(preset.credential) == session)
            let others = preset.refused + preset.garbage
            for (other, found) in zip(others, try await database.lookUp(others)) {
                #expect(found == nil, "\(other.debugDescription)")
            }
            // The function itself says no, and does not leave it to whoever asks.
            let rows = try await database.cluster.withSession(database: database.name) { session in
                try await session.query(
                    "select a.user_id from unnest($1::text[]) as c(text), freshet.authenticate(c.text) as a",
                    [.textArray(others)]
                )
            }
            #expect(rows.isEmpty)
        }
    }

    @Test(arguments: SessionPreset.all.filter { $0.administrator != nil })
    func `administrators are known where a column says who they are`(preset: SessionPreset) async throws {
        let administrator = try #require(preset.administrator)
        try await TestDatabase.withDatabase { database in
            try await preset.install(in: database, administrator.variables)
            #expect(try await database.lookUp(administrator.credential)?.isAdmin == true)
            #expect(try await database.lookUp(preset.credential)?.isAdmin == false)
        }
    }

    @Test(arguments: SessionPreset.all)
    func `freshet check has nothing to say of it`(preset: SessionPreset) async throws {
        try await TestDatabase.withDatabase { database in
            try await preset.install(in: database)
            // The newest of these rows may be nobody's, and connect-pg-simple writes in the connection's zone.
            let known = preset.name == "express" ? "the newest row|timestamp without a zone" : "the newest row"
            let problems = try await database.psql(
                "select problem from freshet.session_problems() where problem !~ '\(known)'"
            )
            #expect(problems == "")
        }
    }

    @Test(arguments: SessionPreset.all)
    func `it says how to serve, and a second run changes nothing`(preset: SessionPreset) async throws {
        try await TestDatabase.withDatabase { database in
            let rights = "select proacl from pg_proc where oid = 'freshet.authenticate(text)'::regprocedure"
            let before = try await database.psql(rights)
            let printed = try await preset.install(in: database, preset.administrator?.variables ?? [:])
            #expect(printed.contains(preset.printed))
            let made = try await database.psql(Self.everything)
            #expect(try await preset.apply(in: database, preset.administrator?.variables ?? [:]) == printed)
            #expect(try await database.psql(Self.everything) == made)
            #expect(try await database.psql(rights) == before)
            #expect(try await database.psql("select count(*) from freshet.watch_problems") == "0")
        }
    }

    @Test(arguments: SessionPreset.all)
    func `a sign-out is told by the id that the session has`(preset: SessionPreset) async throws {
        try await TestDatabase.withDatabase { database in
            try await preset.install(in: database)
            let id = try #require(try await database.lookUp(preset.credential)?.id)
            try await database.psql("truncate freshet.event")
            try await database.psql(preset.signOut)
            #expect(try await database.lookUp(preset.credential) == nil)
            let told = try await database.psql(
                "select count(*) from freshet.event where scope = 'session' and tags ->> 0 = $id$\(id)$id$"
            )
            #expect(told == "1")
            #expect(try await database.psql("select count(*) from freshet.event where tags ->> 0 = '*'") == "0")
            let secret = try await database.psql(
                "select count(*) from freshet.event where strpos(tags::text, $secret$\(preset.credential)$secret$) > 0"
            )
            #expect(preset.isVerified || secret == "0")
        }
    }

    @Test(arguments: SessionPreset.all.filter { $0.plain != nil })
    func `a sign-out ends the stream at once`(preset: SessionPreset) async throws {
        let plain = try #require(preset.plain)
        try await RunningService.withService(["--recheck", "1h"] + plain.arguments, setUp: preset.setUp) { service in
            try await service.withStream(nil, fields: [plain.field]) { stream, welcome in
                #expect(try welcome.json.user == preset.user)
                _ = try await service.psql(preset.signOut + "; select freshet.invalidate('{secret}')")
                #expect(try await stream.nextEvent("goaway").json.reason == "revoked")
                #expect(try await stream.rest().isEmpty)
            }
            #expect(try await service.get(RunningService.base + "/sse", [plain.field]).status == 401)
        }
    }

    @Test(arguments: SessionPreset.all)
    func `tables with names that have to be quoted are found`(preset: SessionPreset) async throws {
        try await TestDatabase.withDatabase { database in
            try await preset.prepare(in: database)
            let schema = #"My "App" o'clock/%;"#
            var variables = ["schema": schema]
            try await database.psql("create schema \(quoted(schema))")
            for (variable, table) in preset.relations {
                let name = #"the "\#(variable)" o'clock: 100% $1"#
                variables[variable] = name
                let schema = quoted(schema)
                try await database.psql(
                    """
                    alter table \(table) set schema \(schema);
                    alter table \(schema).\(table.split(separator: ".").last ?? "") rename to \(quoted(name));
                    """
                )
            }
            try await preset.apply(in: database, variables)
            #expect(try await database.lookUp(preset.credential)?.user == preset.user)
            #expect(try await database.lookUp(preset.refused).allSatisfy { $0 == nil })
        }
    }

    @Test(arguments: SessionPreset.all)
    func `a table that is not there is named, with its variable, and nothing changes`(
        preset: SessionPreset
    ) async throws {
        try await TestDatabase.withDatabase { database in
            let before = try await database.psql(Self.everything)
            try await refuses(preset, in: database, ["schema=...", "sessions=...", "There is no table"])
            try await preset.prepare(in: database)
            try await refuses(
                preset,
                in: database,
                [#"public."No Such""#, "-v sessions=..."],
                ["sessions": "No Such", "schema": "public"]
            )
            try await refuses(preset, in: database, [#""no schema"."#, "-v schema=..."], ["schema": "no schema"])
            #expect(try await database.psql(Self.everything) == before)
        }
    }

    @Test(arguments: SessionPreset.all)
    func `a column that is not there is named, and nothing changes`(preset: SessionPreset) async throws {
        try await TestDatabase.withDatabase { database in
            try await preset.prepare(in: database)
            let before = try await database.psql(Self.everything)
            for place in preset.columns {
                let parts = place.split(separator: ".", maxSplits: 1).map(String.init)
                let column = try #require(parts.last)
                let table = preset.relations[parts[0]] ?? parts[0]
                try await database.psql("alter table \(table) rename column \(column) to renamed")
                try await refuses(preset, in: database, ["has no column", column, "-v "])
                try await database.psql("alter table \(table) rename column renamed to \(column)")
            }
            #expect(try await database.psql(Self.everything) == before)
        }
    }

    @Test func `before the migrations it says to apply them`() async throws {
        try await TestDatabase.withDatabase(.empty) { database in
            for preset in Set(SessionPreset.all.map(\.name)) {
                let error = await #expect(throws: ClusterError.self) {
                    try await SessionPreset.apply(preset, in: database)
                }
                #expect(error?.description.contains("run psql -f migrations/apply.sql first") == true, "\(preset)")
            }
            try await database.psql("create schema freshet")
            let error = await #expect(throws: ClusterError.self) {
                try await SessionPreset.apply("authjs", in: database)
            }
            #expect(error?.description.contains("run psql -f migrations/apply.sql first") == true)
        }
    }

    @Test func `every file has a test`() async throws {
        let files = try await TestDatabase.sharedCluster().psql(
            .text("\\! ls '\(Repository.root)/migrations/sessions'")
        )
        let presets = files.split(separator: "\n").filter { $0.hasSuffix(".sql") }.map { String($0.dropLast(4)) }
        #expect(Set(presets) == Set(SessionPreset.all.map(\.name)))
    }

    /// What a preset may change, as text.
    private static let everything = """
        select p.oid::regprocedure, p.prosrc, p.prosecdef, p.provolatile, p.proconfig, p.proacl,
               obj_description(p.oid, 'pg_proc')
          from pg_proc as p where p.pronamespace = 'freshet'::regnamespace order by p.oid;
        select w.id, w.relation, w.purpose, w.name, w.scopes, w.reads from freshet.watch as w order by w.id;
        select t.tgrelid::regclass, t.tgname, t.tgenabled from pg_trigger as t where not t.tgisinternal
         order by t.tgrelid, t.tgname
        """

    private func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }

    private func refuses(
        _ preset: SessionPreset,
        in database: TestDatabase,
        _ words: [String],
        _ variables: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let error = await #expect(throws: ClusterError.self, sourceLocation: sourceLocation) {
            try await preset.apply(in: database, variables)
        }
        let text = error?.description ?? ""
        for word in words {
            #expect(text.contains(word), "\(text)", sourceLocation: sourceLocation)
        }
    }
}
