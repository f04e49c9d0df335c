import LibPQ
import TestSupport
import Testing
import ThrowawayPostgres

/// CONTRACT.md §2: no watch makes a write fail or return something else because of what a row holds.
@Suite(.timeLimit(.minutes(20))) struct SacredWriteTests {
    static let todo = "create table todo (id int primary key, user_id int, title text, done boolean default false);"
    static let watchTodo = "select freshet.watch('todo', '{todos,todo/:id}', '{user/:user_id}')"

    @Test(arguments: Twins.Delivery.allCases)
    func `a megabyte in a tag, a scope or any other column`(delivery: Twins.Delivery) async throws {
        try await Twins.withTwins(
            delivery,
            setUp: "create table doc (id int primary key, slug text, owner text, body jsonb)",
            watch: "select freshet.watch('doc', '{docs,slug/:slug,body/:body}', '{user/:owner}')"
        ) { twins in
            let long = "repeat('é', 500000)"
            try await twins.expect(
                "insert into doc values (1, \(long), 'u', jsonb_build_object('a', \(long))) returning md5(slug)",
                tells: ["user/u docs", "user/u slug", "user/u body"]
            )
            try await twins.expect(
                "update doc set slug = 's', body = '1' where id = 1 returning doc::text",
                tells: ["user/u docs", "user/u slug", "user/u slug/s", "user/u body", "user/u body/1"]
            )
            // A scope that fits in no payload: all hear, since nobody could be named.
            try await twins.expect(
                "update doc set owner = \(long) where id = 1 returning length(owner)",
                tells: ["user/u docs", "user/u slug/s", "user/u body/1", "* docs", "* slug", "* body"]
            )
            try await twins.expect("delete from doc returning md5(owner)", tells: ["* docs", "* slug", "* body"])
            let many = "select g, repeat(chr(64 + g), 1000000), 'u', '2' from generate_series(1, 5) as g"
            try await twins.expect(
                "insert into doc \(many) returning id",
                tells: ["user/u docs", "user/u slug", "user/u body/2"]
            )
        }
    }

    @Test func `text of every Unicode plane is told as it is, in tags and in scopes`() async throws {
        try await Twins.withTwins(
            setUp: "create table word (n int primary key, key text, owner text)",
            watch: "select freshet.watch('word', '{key/:key}', '{user/:owner}')"
        ) { twins in
            // Noncharacters and what is not assigned too; no zero, which text cannot hold, and no surrogates.
            var texts: [String] = []
            for plane in UInt32(0)...16 {
                let step: UInt32 = plane == 0 ? 1 : 16
                let scalars = stride(from: plane << 16, to: (plane + 1) << 16, by: Int(step)).compactMap { value in
                    value == 0 ? nil : Unicode.Scalar(value)
                }
                for start in stride(from: 0, to: scalars.count, by: 100) {
                    texts.append(String(String.UnicodeScalarView(scalars[start...].prefix(100))))
                }
                texts.append(String(String.UnicodeScalarView([0xFFFE, 0xFFFF].compactMap { .init(plane << 16 | $0) })))
            }
            texts += [
                "\u{202E}abc\u{202C}", "e\u{301}\u{302}", "👩‍👩‍👧", "\u{FEFF}x", "\r\n", "'; drop table word; --", #"\"\\"#,
            ]
            for start in stride(from: 0, to: texts.count, by: 90) {
                let some = Array(texts[start...].prefix(90))
                let told = try await twins.told(
                    """
                    insert into word select \(start) + u.n, u.text, u.text
                    from unnest($1::text[]) with ordinality as u(text, n) returning md5(key)
                    """,
                    [.textArray(some)]
                )
                let expected = some.map { "user/\($0) key/\($0)" }
                #expect(
                    told.map { Array($0.utf8) }.sorted(by: Self.isBefore)
                        == expected.map { Array($0.utf8) }.sorted(by: Self.isBefore)
                )
            }
        }
    }

    /// Swift takes two texts for the same that differ in normalisation, so bytes are compared.
    private static func isBefore(_ left: [UInt8], _ right: [UInt8]) -> Bool { left.lexicographicallyPrecedes(right) }

    @Test(arguments: Twins.Delivery.allCases)
    func `five thousand distinct tags in a statement`(delivery: Twins.Delivery) async throws {
        try await Twins.withTwins(delivery, setUp: Self.todo, watch: Self.watchTodo) { twins in
            let insert =
                "insert into todo select g, 7, repeat('x', g % 50) from generate_series(1, 5000) as g returning id"
            try await twins.expect(insert, tells: ["user/7 todos", "user/7 todo"])
            try await twins.database.psql("select freshet.configure('max_tags', '9999')")
            let all = Set((1...5000).map { "user/7 todo/\($0)" }).union(["user/7 todos"])
            try await twins.expect("update todo set done = true returning id", tells: all)
            try await twins.expect("update todo set done = true returning id", tells: [])
            let scopes = Set((1...5000).flatMap { ["user/\($0 + 10000) todos", "user/\($0 + 10000) todo/\($0)"] })
            try await twins.expect("update todo set user_id = id + 10000", tells: scopes.union(all))
            // More scopes than are worth naming.
            let many = "insert into todo select g, g from generate_series(5001, 15001) as g"
            try await twins.expect(many, tells: ["* todos", "* todo"])
        }
    }

    @Test(arguments: Twins.Delivery.allCases)
    func `a writer without any right on the schema`(delivery: Twins.Delivery) async throws {
        try await Twins.withTwins(delivery, setUp: Self.todo + "create table other (a int)", watch: Self.watchTodo) {
            twins in
            let role = "writer_\(twins.database.name)"
            try await twins.database.psql("create role \(role); revoke all on schema freshet from public")
            try await twins.watched.execute(
                "select freshet.watch_query('other', $$ select 'global', array['a/' || a] from changed $$)"
            )
            try await twins.change(
                """
                do $$ begin execute format('grant usage on schema %I to \(role)', current_schema()); end $$;
                grant select, insert, update, delete, truncate on todo, other to \(role);
                set role \(role);
                """
            )
            try await twins.expect(
                "insert into todo values (1, 7, 'a'), (2, 8, 'b') returning todo::text",
                tells: ["user/7 todos", "user/7 todo/1", "user/8 todos", "user/8 todo/2"]
            )
            try await twins.expect(
                "update todo set title = 'x' where id = 1",
                tells: ["user/7 todos", "user/7 todo/1"]
            )
            try await twins.expect("insert into other values (1)", tells: ["global a/1"])
            try await twins.expect("truncate todo", tells: ["* todos", "* todo"])
            // What fails without a watch fails with it, in the same words.
            try await twins.expect("alter table todo add column more int", tells: [])
            try await twins.expect("insert into todo values (3, 7), (3, 7)", tells: [])
        }
    }

    @Test(arguments: Twins.Delivery.allCases)
    func `savepoints take back what they undo and nothing else`(delivery: Twins.Delivery) async throws {
        try await Twins.withTwins(delivery, setUp: Self.todo, watch: Self.watchTodo) { twins in
            try await twins.expect(
                script: """
                    begin; insert into todo values (1, 7);
                    savepoint a; insert into todo values (2, 8); rollback to a;
                    savepoint b; insert into todo values (3, 9); release b; commit
                    """,
                tells: ["user/7 todos", "user/7 todo/1", "user/9 todos", "user/9 todo/3"]
            )
            try await twins.expect(
                """
                do $$ begin
                  insert into todo values (4, 7);
                  begin insert into todo values (5, 8); raise 'no'; exception when others then null; end;
                end $$
                """,
                tells: ["user/7 todos", "user/7 todo/4"]
            )
        }
    }

    @Test(arguments: [
        "search_path = pg_temp", "standard_conforming_strings = off", "default_transaction_isolation = 'serializable'",
        "plpgsql.extra_errors = 'all'", "plpgsql.variable_conflict = 'error'", "transform_null_equals = on",
        "quote_all_identifiers = on", "bytea_output = escape", "datestyle = 'SQL, DMY'",
        "intervalstyle = 'sql_standard'",
        "timezone = 'Asia/Kathmandu'", "client_encoding = 'LATIN1'", "row_security = off", "array_nulls = off",
        "enable_hashjoin = off; set enable_mergejoin = off", "plan_cache_mode = force_generic_plan",
        "plan_cache_mode = force_custom_plan", "extra_float_digits = -10", "jit_above_cost = 0", "work_mem = '64kB'",
        "check_function_bodies = off", "backslash_quote = on", "escape_string_warning = off", "xmloption = document",
        "constraint_exclusion = on", "track_functions = 'all'", "lc_messages = 'C'", "synchronous_commit = off",
        "statement_timeout = '60s'", "temp_tablespaces = ''", "plpgsql.check_asserts = off",
    ])
    func `under any setting of the session`(setting: String) async throws {
        try await Twins.withTwins(setUp: Self.todo, watch: Self.watchTodo) { twins in
            try await twins.change("set \(setting)")
            try await twins.expect(
                "insert into @.todo values (1, 7, 'a'), (2, 8, 'b')",
                tells: ["user/7 todos", "user/7 todo/1", "user/8 todos", "user/8 todo/2"]
            )
            try await twins.expect(
                "update @.todo set user_id = 9 where id = 1",
                tells: ["user/7 todos", "user/7 todo/1", "user/9 todos", "user/9 todo/1"]
            )
            try await twins.expect("update @.todo set user_id = user_id", tells: [])
            try await twins.expect("delete from @.todo where id = 2", tells: ["user/8 todos", "user/8 todo/2"])
        }
    }

    @Test func `values whose text depends on the session have one text`() async throws {
        try await Twins.withTwins(
            setUp: "create table thing (at timestamptz primary key, f float8, b bytea, i interval, d date)",
            watch: "select freshet.watch('thing', '{at/:at,f/:f,b/:b,i/:i,d/:d}')"
        ) { twins in
            let expected: Set = [
                "global at/2024-02-03 10:00:00+00", "global f/0.1", #"global b/\x01ff"#, "global i/1 day 02:00:00",
                "global d/2024-02-03",
            ]
            let values = "('2024-02-03 10:00:00+00', 0.1, decode('01ff', 'hex'), '1 day 2 hours', '2024-02-03')"
            let insert = "insert into thing values \(values)"
            try await twins.expect(insert, tells: expected)
            try await twins.change(
                """
                set timezone = 'Asia/Tokyo'; set datestyle = 'German'; set extra_float_digits = -5;
                set bytea_output = 'escape'; set intervalstyle = 'sql_standard'
                """
            )
            try await twins.expect("delete from thing returning d - date '1.2.2024'", tells: expected)
        }
    }

    @Test func `objects of the writer's own that are named as PostgreSQL's are not taken for those`() async throws {
        try await Twins.withTwins(
            setUp: Self.todo,
            watch: Self.watchTodo
                + "; select freshet.watch_query('todo', $$ select 'global', array['q/' || c.id] from changed as c $$, 'q')"
        ) { twins in
            try await twins.change(
                """
                create function @.format(text, variadic text[]) returns text language plpgsql
                  as $$ begin raise 'hijacked'; end $$;
                create function @.num_nulls(integer) returns integer language plpgsql as $$ begin raise 'hijacked'; end $$;
                create function @.octet_length(text) returns integer language plpgsql
                  as $$ begin raise 'hijacked'; end $$;
                create function @.unequal(record, record) returns boolean language plpgsql
                  as $$ begin raise 'hijacked'; end $$;
                create operator @.*<> (leftarg = record, rightarg = record, function = @.unequal);
                create table @.freshet_new_rows (x int); create table @.changed (x int); create table @.pg_trigger (x int);
                set search_path = @, pg_catalog;
                """
            )
            try await twins.expect(
                "insert into todo values (1, 7), (2, 8)",
                tells: ["user/7 todos", "user/7 todo/1", "user/8 todos", "user/8 todo/2", "global q/1", "global q/2"]
            )
            try await twins.expect(
                "update todo set title = 'x' where id = 1",
                tells: ["user/7 todos", "user/7 todo/1", "global q/1"]
            )
        }
    }

    @Test func `where the session says that it is a replica, no trigger fires and nothing is told`() async throws {
        try await Twins.withTwins(setUp: Self.todo, watch: Self.watchTodo) { twins in
            try await twins.change("set session_replication_role = replica")
            try await twins.expect("insert into todo values (1, 7)", tells: [])
            try await twins.change("reset session_replication_role; set role pg_read_all_data; reset role")
            try await twins.expect("delete from todo", tells: ["user/7 todos", "user/7 todo/1"])
        }
    }

    @Test func `a transaction that may not write fails as it would`() async throws {
        try await Twins.withTwins(setUp: Self.todo, watch: Self.watchTodo) { twins in
            try await twins.change("set default_transaction_read_only = on")
            try await twins.expect("insert into todo values (1, 7)", tells: [])
            try await twins.expect("select count(*) from todo", tells: [])
            try await twins.expect(
                script: "begin read write; insert into todo values (1, 7); commit",
                tells: ["user/7 todos", "user/7 todo/1"]
            )
        }
    }

    @Test(arguments: Twins.Delivery.allCases)
    func `triggers, policies and rules of the application`(delivery: Twins.Delivery) async throws {
        try await Twins.withTwins(
            delivery,
            setUp: Self.todo
                + """
                create table log (id int, what text);
                create function @.before() returns trigger language plpgsql as $$
                begin
                  raise notice 'a notice'; raise warning 'a warning';
                  if new.title = 'skip' then return null; end if;
                  new.user_id := new.user_id + 1; return new;
                end $$;
                create trigger a before insert or update on todo for each row execute function @.before();
                create function @.after() returns trigger language plpgsql as $$
                begin
                  insert into @.log values (new.id, tg_op);
                  if new.id < 3 then update @.todo set title = 'again' where id = new.id + 1; end if;
                  return null;
                end $$;
                create trigger z after update on todo for each row execute function @.after();
                """,
            watch: Self.watchTodo + "; select freshet.watch('log', '{log/:id}')"
        ) { twins in
            try await twins.expect(
                "insert into todo values (1, 7), (2, 7), (3, 7) returning todo::text",
                tells: ["user/8 todos", "user/8 todo/1", "user/8 todo/2", "user/8 todo/3"]
            )
            try await twins.expect("insert into todo values (9, 7, 'skip') returning todo::text", tells: [])
            try await twins.expect(
                "update todo set done = true where id = 1 returning todo::text",
                tells: [
                    "user/8 todos", "user/8 todo/1", "user/8 todo/2", "user/8 todo/3", "user/9 todos", "user/9 todo/1",
                    "user/9 todo/2", "user/9 todo/3", "global log/1", "global log/2", "global log/3",
                ]
            )
            try await twins.change(
                """
                alter table todo enable row level security; alter table todo force row level security;
                create policy mine on todo using (user_id < 31) with check (true);
                create rule other as on delete to log do also update @.todo set title = 'ruled' where id = 3;
                do $$ begin
                  if to_regrole('owner_\(twins.database.name)') is null then
                    create role owner_\(twins.database.name);
                  end if;
                  execute format('grant all on schema %I to owner_\(twins.database.name)', current_schema());
                end $$;
                alter table todo owner to owner_\(twins.database.name);
                alter table log owner to owner_\(twins.database.name);
                set role owner_\(twins.database.name);
                """
            )
            // A row that the policy hides cannot be returned, watched or not.
            try await twins.expect("insert into todo values (20, 30) returning id", tells: [])
            try await twins.expect("insert into todo values (21, 30)", tells: ["user/31 todos", "user/31 todo/21"])
            try await twins.expect(
                "delete from log where id = 1",
                tells: [
                    "global log/1", "user/9 todos", "user/9 todo/3", "user/10 todos", "user/10 todo/3",
                    "global log/3",
                ]
            )
        }
    }

    @Test func `cascades, generated columns and statements that write twice`() async throws {
        try await Twins.withTwins(
            setUp: """
                create table list (id int primary key);
                create table entry (
                  id int primary key, list int references list on delete cascade on update cascade,
                  twice int generated always as (list * 2) stored
                );
                create table mark (id int primary key, list int references list on delete set null);
                insert into list values (1), (2); insert into entry values (10, 1), (11, 1), (20, 2);
                insert into mark values (5, 1);
                """,
            watch: """
                select freshet.watch('list', '{list/:id}'); select freshet.watch('entry', '{entry/:id}', '{twice/:twice}');
                select freshet.watch('mark', '{mark/:id}');
                """
        ) { twins in
            try await twins.expect(
                "update list set id = 3 where id = 2",
                tells: ["global list/2", "global list/3", "twice/4 entry/20", "twice/6 entry/20"]
            )
            try await twins.expect(
                "delete from list where id = 1",
                tells: ["global list/1", "twice/2 entry/10", "twice/2 entry/11", "global mark/5"]
            )
            try await twins.expect(
                """
                with more as (insert into list values (7) returning id),
                  again as (update entry set list = 3 where id = 20 returning id)
                insert into mark select 8, more.id from more, again returning id
                """,
                tells: ["global list/7", "global mark/8"]
            )
            try await twins.expect("truncate list cascade", tells: ["* list", "* entry", "* mark"])
        }
    }
}
