import TestSupport
import Testing
import ThrowawayPostgres

/// `migrations/sessions`: what single frameworks leave to the application.
@Suite(.timeLimit(.minutes(20))) struct SessionShapeTests {
    @Test(arguments: ["hex", "base64"])
    func `Lucia's secret may be kept as text`(encoding: String) async throws {
        let preset = SessionPreset.luciaSplit
        try await TestDatabase.withDatabase { database in
            try await preset.prepare(in: database)
            try await database.psql(
                """
                alter table session alter secret_hash type text using encode(secret_hash, '\(encoding)');
                alter table session rename secret_hash to "secretHash";
                """
            )
            try await preset.apply(in: database)
            #expect(try await database.lookUp(preset.credential)?.user == "1")
            #expect(try await database.lookUp(preset.refused).allSatisfy { $0 == nil })
        }
    }

    @Test func `Lucia's sessions last as long as the application lets them`() async throws {
        let preset = SessionPreset.luciaSplit
        try await TestDatabase.withDatabase { database in
            try await preset.install(in: database, ["lifetime": "2 days"])
            #expect(try await database.lookUp("past.secret")?.user == "2")
            try await database.psql(
                """
                alter table session alter created_at type timestamp using to_timestamp(created_at) at time zone 'UTC';
                alter database \(database.name) set timezone = 'Asia/Tokyo';
                """
            )
            try await preset.apply(in: database)
            #expect(try await database.lookUp(["past.secret", "root.secret"]).map { $0?.user } == [nil, "2"])
        }
    }

    @Test func `a token of another shape than Lucia's three is named`() async throws {
        try await TestDatabase.withDatabase { database in
            try await SessionPreset.luciaHashed.prepare(in: database)
            let error = await #expect(throws: ClusterError.self) {
                try await SessionPreset.luciaHashed.apply(in: database, ["token": "sha256"])
            }
            #expect(error?.description.contains("plain, hashed or split") == true)
        }
    }

    @Test func `a new password ends Devise's sessions, where it is looked at`() async throws {
        let preset = SessionPreset.railsStore
        try await TestDatabase.withDatabase { database in
            try await preset.install(in: database)
            try await database.psql(
                "truncate freshet.event; update users set encrypted_password = '$2a$12$new' where id = 1"
            )
            #expect(try await database.psql("select scope || ' ' || (tags ->> 0) from freshet.event") == "user 1")
            #expect(try await database.lookUp(preset.credential) == nil)
            try await preset.apply(in: database, ["password": ""])
            #expect(try await database.lookUp(preset.credential)?.user == "1")
            // Signed in by somebody else's word, without a password.
            try await database.psql(
                """
                alter table users alter encrypted_password drop not null;
                update users set encrypted_password = null where id = 1;
                update sessions set data = '{"warden.user.user.key":[[1],null]}' where id = 1;
                """
            )
            try await preset.apply(in: database)
            #expect(try await database.lookUp(preset.credential)?.user == "1")
            let error = await #expect(throws: ClusterError.self) {
                try await preset.apply(in: database, ["password": "digest"])
            }
            #expect(error?.description.contains("has no column digest") == true)
            #expect(error?.description.contains("-v password=...") == true)
            try await database.psql("drop table users")
            try await preset.apply(in: database)
            #expect(try await database.lookUp(preset.credential)?.user == "1")
        }
    }

    @Test func `a ban and a role of Better Auth's are told by the user`() async throws {
        let preset = SessionPreset.betterAuth
        try await TestDatabase.withDatabase { database in
            try await preset.install(in: database)
            let told = "select string_agg(scope || ' ' || (tags ->> 0), ',') from freshet.event"
            for (change, isAdmin) in [
                ("role = 'admin'", true), ("role = 'user, admin'", false), ("banned = true", nil),
            ] as [(String, Bool?)] {
                try await database.psql(#"truncate freshet.event; update "user" set \#(change) where name = 'Ada'"#)
                #expect(try await database.psql(told) == "user \(preset.user)")
                #expect(try await database.lookUp(preset.credential)?.isAdmin == isAdmin, "\(change)")
            }
        }
    }

    /// Where the application's connections have a time zone of their own.
    @Test func `the zone of a timestamp can be named`() async throws {
        let preset = SessionPreset.express
        try await TestDatabase.withDatabase { database in
            try await database.psql("set timezone = 'America/New_York';" + preset.tables + preset.rows)
            try await preset.apply(in: database)
            #expect(try await database.lookUp(preset.credential) == nil)
            try await preset.apply(in: database, ["zone": "America/New_York"])
            #expect(try await database.lookUp(preset.credential)?.user == "42")
            #expect(try await database.lookUp(preset.refused).allSatisfy { $0 == nil })
        }
    }

    @Test func `a session that slides lasts from its last use`() async throws {
        let preset = SessionPreset.laravel
        try await TestDatabase.withDatabase { database in
            try await preset.install(in: database, ["lifetime": "1 minute"])
            #expect(try await database.lookUp(preset.credential) == nil)
            try await database.psql("update sessions set last_activity = extract(epoch from now()) where user_id = 1")
            #expect(try await database.lookUp(preset.credential)?.user == "1")
        }
    }

    /// Planned as the function's own statement is, without knowing the credential.
    @Test(arguments: [SessionPreset.betterAuth, .express, .rails, .phoenix, .django, .supabase])
    func `a lookup goes by an index`(preset: SessionPreset) async throws {
        try await TestDatabase.withDatabase { database in
            try await preset.install(in: database, preset.administrator?.variables ?? [:])
            let plan = try await database.psql(
                """
                set enable_seqscan = off;
                set plan_cache_mode = force_generic_plan;
                select format('prepare look (text) as %s', prosrc) from pg_proc
                 where oid = 'freshet.authenticate(text)'::regprocedure \\gexec
                explain (costs off) execute look ('x');
                """
            )
            #expect(!plan.contains("Seq Scan"), "\(plan)")
        }
    }
}
