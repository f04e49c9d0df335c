import LibPQ
import TestSupport
import Testing
import ThrowawayPostgres

/// `migrations/sessions`: with whose rights it works, what it takes over, and what it leaves alone.
@Suite(.timeLimit(.minutes(20))) struct SessionPresetRightsTests {
    private static let watches =
        "select string_agg(relation || ' ' || purpose || ' ' || scopes[1], ', ' order by id) from freshet.watch"
        + " where relation::text not like 'freshet.%'"

    @Test func `a role that owns everything and is no superuser can do all of it`() async throws {
        try await TestDatabase.withDatabase(.empty) { database in
            let owner = "owner_\(database.name)"
            try await database.psql(
                "create role \(owner) login createrole; alter database \(database.name) owner to \(owner)"
            )
            try await database.psql("grant all on schema public to \(owner)")
            try await database.psql(file: Repository.migrations, user: owner)
            for preset in [SessionPreset.authjs, .django, .express] {
                try await database.psql("drop table if exists users, sessions, session cascade", user: owner)
                try await database.psql(preset.tables + preset.rows, user: owner)
                try await database.cluster.psql(
                    .file(SessionPreset.file(preset.name)),
                    database: database.name,
                    user: owner,
                    variables: preset.administrator?.variables ?? [:]
                )
                #expect(try await database.lookUp(preset.credential)?.user == preset.user)
                try await database.psql(preset.signOut, user: owner)
                #expect(try await database.lookUp(preset.credential) == nil)
            }
        }
    }

    @Test func `a superuser can do it for a role that owns the schema, which then reads`() async throws {
        try await TestDatabase.withDatabase(.empty) { database in
            let owner = "owner_\(database.name)"
            try await database.psql(
                "create role \(owner) login createrole; alter database \(database.name) owner to \(owner)"
            )
            try await database.psql(file: Repository.migrations, user: owner)
            try await SessionPreset.express.prepare(in: database)
            try await fails(
                .express,
                in: database,
                ["rights of \(owner)", "column sid of public.session", "grant select"]
            )
            try await database.psql("grant select on session to \(owner)")
            try await SessionPreset.express.apply(in: database)
            #expect(try await database.lookUp(SessionPreset.express.credential)?.user == "42")
            try await database.psql(SessionPreset.express.signOut)
            #expect(try await database.lookUp(SessionPreset.express.credential) == nil)

            try await database.psql("create schema private; alter table session set schema private")
            try await fails(
                .express,
                in: database,
                ["rights of \(owner)", "schema private", "grant usage"],
                ["schema": "private"]
            )
        }
    }

    @Test func `whoever does not own the function is told who does`() async throws {
        try await TestDatabase.withDatabase { database in
            let stranger = "stranger_\(database.name)"
            try await database.psql("create role \(stranger) login; grant all on schema freshet to \(stranger)")
            try await SessionPreset.authjs.prepare(in: database)
            let error = await #expect(throws: ClusterError.self) {
                try await database.psql(file: SessionPreset.file("authjs"), user: stranger)
            }
            #expect(error?.description.contains("only its owner may: run it as postgres") == true)
        }
    }

    @Test func `without the right to make triggers it says so, and can do without them`() async throws {
        try await TestDatabase.withDatabase(.empty) { database in
            let (owner, application) = ("owner_\(database.name)", "app_\(database.name)")
            try await database.psql(
                """
                create role \(owner) login createrole; create role \(application) login;
                alter database \(database.name) owner to \(owner);
                """
            )
            try await database.psql(file: Repository.migrations, user: owner)
            try await SessionPreset.authjs.prepare(in: database)
            try await database.psql(
                "alter table sessions owner to \(application); grant select on sessions to \(owner)"
            )
            let run = { (variables: [String: String]) in
                try await database.cluster.psql(
                    .file(SessionPreset.file("authjs")),
                    database: database.name,
                    user: owner,
                    variables: variables
                )
            }
            let error = await #expect(throws: ClusterError.self) { try await run([:]) }
            #expect(error?.description.contains("may make no triggers on public.sessions") == true)
            #expect(error?.description.contains("-v watch=off") == true)
            #expect(try await database.lookUp(SessionPreset.authjs.credential) == nil)
            _ = try await run(["watch": "off"])
            #expect(try await database.lookUp(SessionPreset.authjs.credential)?.user == "1")
            #expect(try await database.psql(Self.watches).isEmpty)
        }
    }

    @Test func `row security that hides the table is named, and a policy for the reader is enough`() async throws {
        try await TestDatabase.withDatabase(.empty) { database in
            let owner = "owner_\(database.name)"
            try await database.psql(
                "create role \(owner) login createrole; alter database \(database.name) owner to \(owner)"
            )
            try await database.psql(file: Repository.migrations, user: owner)
            try await SessionPreset.express.prepare(in: database)
            try await database.psql(
                "grant select on session to \(owner); alter table session enable row level security"
            )
            try await fails(.express, in: database, ["Row security hides all of public.session from \(owner)"])
            try await database.psql("create policy own on session for update using (true)")
            try await fails(.express, in: database, ["Row security"])
            try await database.psql("create policy reader on session for select to \(owner) using (true)")
            try await SessionPreset.express.apply(in: database)
            #expect(try await database.lookUp(SessionPreset.express.credential)?.user == "42")
        }
    }

    /// Supabase's `postgres` is no superuser, owns nothing in `auth`, and is given all of it and BYPASSRLS.
    @Test func `a role that owns none of the framework's tables can do all of it with what it is granted`() async throws
    {
        try await TestDatabase.withDatabase(.empty) { database in
            let (owner, framework) = ("owner_\(database.name)", "auth_\(database.name)")
            try await database.psql(
                """
                create role \(owner) login createrole bypassrls; create role \(framework) login;
                alter database \(database.name) owner to \(owner);
                """
            )
            try await database.psql(file: Repository.migrations, user: owner)
            try await SessionPreset.supabase.prepare(in: database)
            try await database.psql(
                """
                alter schema auth owner to \(framework); alter table auth.sessions owner to \(framework);
                alter table auth.users owner to \(framework);
                grant usage on schema auth to \(owner); grant all on all tables in schema auth to \(owner);
                """
            )
            try await database.psql(file: SessionPreset.file("supabase"), user: owner)
            #expect(try await database.lookUp(SessionPreset.supabase.credential)?.user == SessionPreset.supabase.user)
            // The framework has no right to anything of Freshet's.
            try await database.psql("truncate freshet.event")
            try await database.psql(SessionPreset.supabase.signOut, user: framework)
            #expect(try await database.lookUp(SessionPreset.supabase.credential) == nil)
            #expect(try await database.psql("select count(*) from freshet.event where scope = 'session'") == "1")
        }
    }

    @Test func `a table that is written to for long is not waited for without end`() async throws {
        try await TestDatabase.withDatabase { database in
            try await SessionPreset.authjs.prepare(in: database)
            // Ten seconds where nobody has said how long.
            try await database.psql("alter database \(database.name) set lock_timeout = '50ms'")
            try await database.cluster.withSession(database: database.name) { writer in
                try await writer.execute("begin; update sessions set expires = expires")
                let error = await #expect(throws: ClusterError.self) {
                    try await SessionPreset.authjs.apply(in: database)
                }
                #expect(error?.description.contains("written to public.sessions for longer") == true)
                try await writer.execute("rollback")
            }
            #expect(try await database.psql(Self.watches).isEmpty)
        }
    }

    @Test func `the service's role can read neither the tables nor what helps to read them`() async throws {
        try await TestDatabase.withDatabase { database in
            try await SessionPreset.express.install(in: database)
            try await database.psql("drop table session, users")
            try await SessionPreset.django.install(in: database)
            for statement in [
                "select * from django_session", "select * from auth_user",
                "select freshet.json_scalar('{}'::text, '{a}')", #"select freshet.hmac_sha256('\x', '\x')"#,
                "select freshet.watch_sessions('django_session', ':session_key')",
            ] {
                let error = await #expect(throws: ClusterError.self) {
                    try await database.psql("set role freshet_service; \(statement)")
                }
                #expect(error?.description.contains("permission denied") == true, "\(statement)")
            }
            #expect(
                try await database.psql(
                    "select count(*) from pg_proc where pronamespace = 'freshet'::regnamespace and proname like 'preset%'"
                ) == "0"
            )
        }
    }

    @Test func `another preset drops what the one before it watched, and nothing else`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                "create table membership (user_id text, tenant text); select freshet.watch_scopes('membership', ':user_id')"
            )
            try await SessionPreset.authjs.install(in: database, ["admin": "is_admin"])
            #expect(
                try await database.psql(Self.watches)
                    == "membership user :user_id, sessions session :id, users user :id"
            )
            // Without administrators nothing of the users matters.
            try await SessionPreset.authjs.apply(in: database)
            #expect(try await database.psql(Self.watches) == "membership user :user_id, sessions session :id")
            try await SessionPreset.django.install(in: database)
            #expect(
                try await database.psql(Self.watches)
                    == "membership user :user_id, django_session secret :session_key, auth_user user :id"
            )
            #expect(try await database.lookUp(SessionPreset.authjs.credential) == nil)
            #expect(try await database.lookUp(SessionPreset.django.credential)?.user == "1")
            #expect(
                try await database.psql(
                    "select count(*) from pg_trigger where tgrelid = 'sessions'::regclass and not tgisinternal"
                ) == "0"
            )
        }
    }

    @Test func `a table whose ids have become secrets is told by their hashes from then on`() async throws {
        try await TestDatabase.withDatabase { database in
            try await SessionPreset.luciaHashed.install(in: database)
            #expect(try await database.psql(Self.watches) == "user_session session :id")
            try await SessionPreset.luciaHashed.apply(in: database, ["token": "plain"])
            #expect(try await database.psql(Self.watches) == "user_session secret :id")
            try await SessionPreset.luciaHashed.apply(in: database)
            #expect(try await database.psql(Self.watches) == "user_session session :id")
        }
    }

    @Test func `a comment of the operator's own, and a table that is gone, are in nobody's way`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                "comment on function freshet.authenticate(text) is 'ours, since 2019: {\"preset\": '"
            )
            try await SessionPreset.authjs.install(in: database, ["admin": "is_admin"])
            try await database.psql("drop table sessions, users cascade")
            try await SessionPreset.kratos.install(in: database)
            #expect(try await database.lookUp(SessionPreset.kratos.credential)?.user == SessionPreset.kratos.user)
            #expect(try await database.psql("select count(*) from freshet.watch_problems") == "0")
        }
    }

    @Test func `a column that is of no use is named with its type`() async throws {
        try await TestDatabase.withDatabase { database in
            try await SessionPreset.authjs.prepare(in: database)
            try await fails(
                .authjs,
                in: database,
                ["The column name of public.users", "no boolean"],
                ["admin": "name"]
            )
            try await fails(.authjs, in: database, ["no column nope", "-v admin=..."], ["admin": "nope"])
            try await fails(
                .authjs,
                in: database,
                ["public.nobody", "-v users=..."],
                ["admin": "x", "users": "nobody"]
            )
            try await fails(.authjs, in: database, [#"time zone "Mars/Olympus""#], ["zone": "Mars/Olympus"])
            try await database.psql("alter table sessions alter expires type text using 'soon'")
            try await fails(.authjs, in: database, ["The column expires of public.sessions is of the type text"])
            try await database.psql("drop table sessions, users")
            try await SessionPreset.express.prepare(in: database)
            try await fails(.express, in: database, ["The path \"passport,user\""], ["user": "passport,user"])
            try await database.psql("alter table session alter sess type integer using 1")
            try await fails(
                .express,
                in: database,
                ["The column sess of public.session is of the type integer", "JSON"]
            )
        }
    }

    /// What lies in `public`, or comes before PostgreSQL's own, has no part in it.
    @Test func `names that somebody else has made mean nothing`() async throws {
        try await TestDatabase.withDatabase { database in
            try await SessionPreset.authjs.prepare(in: database)
            try await database.psql(
                """
                create function public.now() returns timestamptz language sql as $$ select '-infinity'::timestamptz $$;
                create function public.sha256(bytea) returns bytea language sql as $$ select '\\x00'::bytea $$;
                create function public.always(varchar, text) returns boolean language sql as $$ select true $$;
                create operator public.= (leftarg = varchar, rightarg = text, function = public.always);
                alter database \(database.name) set search_path = public, pg_catalog;
                """
            )
            try await SessionPreset.authjs.apply(in: database)
            #expect(try await database.lookUp(SessionPreset.authjs.credential)?.user == "1")
            #expect(try await database.lookUp(SessionPreset.authjs.refused).allSatisfy { $0 == nil })
        }
    }

    private func fails(
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
        for word in words { #expect(text.contains(word), "\(text)", sourceLocation: sourceLocation) }
    }
}
