import TestSupport
import Testing

@Suite struct CheckTests {
    /// Runs `freshet check`, and gives its lines and its status.
    private func check(
        _ conninfo: String,
        environment: [String: String] = [:]
    ) async throws -> (lines: [String], exit: ServiceProcess.Exit) {
        try await ServiceProcess.withProcess(
            ServiceProcess.freshet,
            ["check", "--database-url", conninfo],
            environment: environment
        ) { process in
            var lines: [String] = []
            while let line = try await process.nextLine() { lines.append(line) }
            return (lines, try await process.exit())
        }
    }

    private func line(_ subject: String, _ lines: [String]) throws -> String {
        try #require(lines.first { $0.dropFirst(5).hasPrefix(subject) }, "\(lines)")
    }

    /// A login that is a member of freshet_service, for as long as `body` runs.
    private func withServiceLogin<Result>(
        _ database: TestDatabase,
        _ body: (String) async throws -> Result
    ) async throws -> Result {
        let login = "service_\(database.name)"
        try await database.psql("create role \(login) login in role freshet_service")
        do {
            let result = try await body(login)
            try await database.psql("drop owned by \(login); drop role \(login)")
            return result
        } catch {
            _ = try? await database.psql("drop owned by \(login); drop role \(login)")
            throw error
        }
    }

    @Test func `a database that is ready has no failure, and the status is 0`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                "create table todo (id integer primary key); select freshet.watch('todo', '{todos}')"
            )
            try await withServiceLogin(database) { login in
                let (lines, exit) = try await check(database.conninfo(user: login))
                #expect(exit == .code(0), "\(lines)")
                // The server of this machine may be of a release with a known fault, which is said.
                let others = lines.filter { !$0.dropFirst(5).hasPrefix("database") }
                #expect(others.allSatisfy { $0.hasPrefix("ok ") }, "\(lines)")
                #expect(lines.count == 11)
                #expect(try line("NOTIFY ceiling", lines).contains("transactions a second can notify"))
                #expect(try line("controls", lines).contains("nothing is paused"))
                #expect(try line("delivery", lines).contains("notify"))
                #expect(try line("migrations", lines).contains("are applied"))
                #expect(try line("watched tables", lines).contains("1 table, 1 watch"))
            }
        }
    }

    @Test func `what an administrator has set is noted, with who and how to end it`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql("select freshet.pause('ada'); select freshet.disable_tags('{todo,list/1}', 'ada')")
            try await withServiceLogin(database) { login in
                let (lines, exit) = try await check(database.conninfo(user: login))
                #expect(exit == .code(0), "\(lines)")
                let controls = lines.filter { $0.dropFirst(5).hasPrefix("controls") }
                #expect(controls.count == 2 && controls.allSatisfy { $0.hasPrefix("note ") })
                #expect(controls.first?.contains("paused by ada") == true)
                #expect(controls.last?.contains("list/1, todo") == true)
            }
        }
    }

    @Test func `an empty database fails, and every line says what to do`() async throws {
        try await TestDatabase.withDatabase(.empty) { database in
            let (lines, exit) = try await check(database.conninfo)
            #expect(exit == .code(1))
            #expect(try line("migrations", lines).contains("migrations/apply.sql"))
            #expect(try line("LISTEN", lines).hasPrefix("ok"))
            #expect(try line("session function", lines).contains("migrations/apply.sql"))
            #expect(try line("history", lines).contains("migrations/apply.sql"))
        }
    }

    @Test func `a role without rights is told which to grant`() async throws {
        try await TestDatabase.withDatabase { database in
            let login = "stranger_\(database.name)"
            try await database.psql("create role \(login) login")
            let (lines, exit) = try await check(database.conninfo(user: login))
            try await database.psql("drop role \(login)")
            #expect(exit == .code(1))
            #expect(try line("role", lines).contains("grant freshet_service to \(login)"))
        }
    }

    @Test func `what a login may do beyond what the service needs is named`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                """
                create schema shop;
                create table shop.todo (id integer primary key);
                create table shop.person (id integer primary key);
                """
            )
            try await withServiceLogin(database) { login in
                let (before, _) = try await check(database.conninfo(user: login))
                #expect(try line("role", before).hasPrefix("ok"))
                try await database.psql(
                    """
                    grant usage on schema shop to \(login);
                    grant select (id) on shop.todo to \(login);
                    grant delete on shop.person to \(login);
                    grant create on schema shop to \(login);
                    grant pg_monitor to \(login);
                    alter role \(login) createdb;
                    """
                )
                let (lines, exit) = try await check(database.conninfo(user: login))
                #expect(exit == .code(0))
                let role = try line("role", lines)
                #expect(role.hasPrefix("note"))
                for extra in [
                    "may create databases;", "is a member of pg_monitor,", "may read shop.todo;",
                    "may write shop.person;", "may create in the schema shop:",
                ] {
                    #expect(role.contains(extra), "\(role)")
                }
            }
        }
    }

    @Test func `a missing migration, a broken watch and no history are told apart`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                """
                create table todo (id integer primary key);
                select freshet.watch('todo', '{todos,todo/:id}');
                alter table todo rename column id to key;
                select freshet.configure('history', '0');
                delete from freshet.migration where version = 3;
                """
            )
            try await withServiceLogin(database) { login in
                let (lines, exit) = try await check(database.conninfo(user: login))
                #expect(exit == .code(1))
                #expect(try line("migrations", lines).contains("3 is not applied"))
                #expect(
                    try line("watched tables", lines).contains(#"Watch 'default' of todo: the column "id" is gone"#)
                )
                #expect(try line("history", lines).hasPrefix("note"))
            }
        }
    }

    @Test(arguments: [
        (
            "returns table (user_id text) language sql as $$ select 'x' where false $$",
            "does not return session_id text"
        ),
        (
            "returns table (user_id text, session_id text, expires_at timestamptz, is_admin boolean, scopes text[]) "
                + "language sql as $$ select 'eve', 's', now() + interval '1 h', true, '{}'::text[] $$",
            "for user eve"
        ),
        (
            "returns table (user_id text, session_id text, expires_at timestamptz, is_admin boolean, scopes text[]) "
                + "language plpgsql as $$ begin perform 1 / 0; end $$",
            "division by zero"
        ),
    ])
    func `a session function that would not do is told why`(_ body: String, _ reason: String) async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                """
                drop function freshet.authenticate(text);
                create function freshet.authenticate(credential text) \(body);
                """
            )
            try await withServiceLogin(database) { login in
                let (lines, exit) = try await check(database.conninfo(user: login))
                #expect(exit == .code(1))
                #expect(try line("session function", lines).contains(reason), "\(lines)")
            }
        }
    }

    @Test(arguments: [
        ("", "b.token = $1", "stable security definer set search_path = pg_catalog, pg_temp", "no index serves"),
        ("", "b.token = credential", "stable", "no index serves"),
        ("create index on bad (token)", "b.token = $1 and b.until > now()", "stable", "timestamp without a zone"),
        ("create index on bad (token)", "b.token = $1", "stable", "none of what it reads (public.bad) is watched"),
        ("create index on bad (token)", "b.token = $1", "volatile", "it is volatile"),
        ("create index on bad (token)", "b.token = $1", "stable security definer", "without a search_path"),
        (
            "create index on bad (token)", "exists (select b.* from public.bad as b where b.token = $1)", "stable",
            "reads whole rows"
        ),
        ("truncate bad", "b.token = $1", "stable", "public.bad is empty"),
        ("alter table bad add revoked_at timestamptz", "b.token = $1", "stable", "public.bad has a column revoked_at"),
        (
            "create index on bad (token)", "b.token = $1 and b.id > 1", "stable",
            "nobody for the newest row of public.bad"
        ),
    ])
    func `what a session function could do better is noted`(
        setUp: String,
        condition: String,
        options: String,
        note: String
    ) async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                """
                create table bad (id int primary key, token text, user_id text, until timestamp);
                insert into bad values (1, 'x', 'ann', now() + interval '1 day');
                \(setUp);
                create or replace function freshet.authenticate(credential text)
                returns table (user_id text, session_id text, expires_at timestamptz, is_admin boolean, scopes text[])
                language sql \(options)
                as $$ select b.user_id, b.id::text, null::timestamptz, false, '{}'::text[] from public.bad as b
                  where \(condition) $$;
                """
            )
            let problems = try await database.psql("select problem from freshet.session_problems()")
            #expect(problems.contains(note), "\(problems)")
        }
    }

    @Test func `a session function of several statements is not run by looking at it`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                """
                create table spared (id int); insert into spared values (1);
                create or replace function freshet.authenticate(credential text)
                returns table (user_id text, session_id text, expires_at timestamptz, is_admin boolean, scopes text[])
                language sql volatile as $$
                  select 1; delete from public.spared returning '1'::text, 's'::text, now(), false, '{}'::text[]
                $$;
                """
            )
            let problems = try await database.psql("select problem from freshet.session_problems()")
            #expect(problems.contains("it is volatile"))
            let count = try await database.psql("select count(*) from spared")
            #expect(count == "1")
        }
    }

    @Test func `nothing is noted of the session function that comes with the migrations`() async throws {
        try await TestDatabase.withDatabase { database in
            let count = try await database.psql("select count(*) from freshet.session_problems()")
            #expect(count == "0")
        }
    }

    @Test func `no session function at all is told`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql("drop function freshet.authenticate(text)")
            let (lines, exit) = try await check(database.conninfo)
            #expect(exit == .code(1))
            #expect(try line("session function", lines).hasPrefix("FAIL"))
        }
    }

    @Test func `a database that is not there is one clear line, without the password`() async throws {
        let (lines, exit) = try await check("postgresql://app:secret@127.0.0.1:9/app")
        #expect(exit == .code(1))
        #expect(lines.count == 1)
        #expect(lines[0].hasPrefix("FAIL database"))
        #expect(!lines[0].contains("secret"))
    }

    @Test func `what is no connection string is refused by its name`() async throws {
        let (lines, exit) = try await check("nonsense")
        #expect(exit == .code(64))
        #expect(lines.contains { $0.contains("--database-url") })
    }
}
