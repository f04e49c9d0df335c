import LibPQ
import TestSupport
import Testing
import ThrowawayPostgres

/// CONTRACT.md §2: no watch makes a write fail because of how its table has changed since; what is told is the same or
/// more.
@Suite(.timeLimit(.minutes(20))) struct DriftTests {
    private static let everybody: Set = ["* todos", "* todo"]

    /// Each of them goes on writing with plans that it had, or with a snapshot that it had, or without either.
    enum Session: String, CaseIterable {
        case readCommitted = "read committed"
        case repeatableRead = "repeatable read"
        case serializable
    }

    private static let losses = [
        "alter table todo drop column user_id", "alter table todo rename user_id to owner",
        "alter table todo alter user_id type text", "alter table todo alter user_id type json using '1'::json",
        "alter table todo alter user_id type numeric", "alter table todo alter id type text",
        "alter table todo rename id to key", "alter table todo drop column id",
        "alter table todo drop column user_id, add column user_id inet",
    ]

    @Test(arguments: losses, Session.allCases)
    func `a column that is dropped, renamed or retyped costs a collapsed tag for everybody`(
        change: String,
        session: Session
    ) async throws {
        let rows = SacredWriteTests.todo + "insert into todo values (1, 7, 'a'), (2, 7, 'b')"
        try await Twins.withTwins(setUp: rows, watch: SacredWriteTests.watchTodo) { twins in
            try await twins.change("set default_transaction_isolation = '\(session.rawValue)'")
            _ = try await twins.told("update todo set title = 'w' where id = 1")
            _ = try await twins.told("update todo set title = 'w2'")
            try await twins.change("prepare later as update todo set title = $1 returning title")
            _ = try await twins.told("execute later('x')")
            try await twins.change(change)
            for write in [
                "update todo set title = 'n'", "update todo set title = 'm' where ctid = (select max(ctid) from todo)",
                "execute later('y')", "delete from todo where title = 'y' returning title",
            ] {
                try await twins.expect(write, tells: Self.everybody)
            }
            let key = change.contains("rename id") ? "key" : change.contains("drop column id") ? "title" : "id"
            try await twins.expect("insert into todo (\(key)) values ('5') returning title", tells: Self.everybody)
            try await twins.expect("truncate todo", tells: Self.everybody)
        }
    }

    /// The snapshot is older than the change, and a look into the catalogue would find the table as it was.
    @Test(arguments: losses, Session.allCases)
    func `a transaction that has begun before the change writes after it`(change: String, session: Session) async throws
    {
        let rows = SacredWriteTests.todo + "insert into todo values (1, 7, 'a'), (2, 7, 'b')"
        try await Twins.withTwins(setUp: rows, watch: SacredWriteTests.watchTodo) { twins in
            _ = try await twins.told("update todo set title = 'w' where id = 1")
            try await twins.change("begin isolation level \(session.rawValue); select 1")
            for schema in ["watched", "plain"] {
                try await twins.database.psql("set search_path = \(schema); \(change)")
            }
            let key = change.contains("rename id") ? "key" : change.contains("drop column id") ? "title" : "id"
            let told = try await twins.told(
                script: "insert into todo (\(key)) values ('5'); update todo set title = 'n'; delete from todo; commit"
            )
            #expect(told == Self.everybody)
        }
    }

    @Test func `a column that is added counts, and a table that moves is watched on`() async throws {
        let rows =
            SacredWriteTests.todo + "insert into todo values (1, 7, 'a'); prepare p as update todo set title = $1"
        try await Twins.withTwins(setUp: rows, watch: SacredWriteTests.watchTodo) { twins in
            let one: Set = ["user/7 todos", "user/7 todo/1"]
            try await twins.expect("execute p('b')", tells: one)
            try await twins.change("alter table todo add extra json default '{}'")
            try await twins.expect("execute p('c')", tells: one)
            try await twins.expect("update todo set extra = '{ }'", tells: one)
            try await twins.expect("update todo set extra = '{ }'", tells: [])
            try await twins.change("alter table todo drop column done; alter table todo drop column extra")
            try await twins.expect("execute p('d')", tells: one)
            try await twins.change("alter table todo rename to task")
            try await twins.expect("update task set title = 'e'", tells: one)
            try await twins.change("alter table task drop constraint todo_pkey")
            try await twins.expect("update task set title = 'f'", tells: one)
            try await twins.change("alter schema @ rename to \"@ it's\"; set search_path = \"@ it's\"")
            try await twins.expect(
                "update task set title = 'g', user_id = 8",
                tells: one.union(["user/8 todos", "user/8 todo/1"])
            )
            try await twins.expect(
                "insert into task values (2, 9, 'q'), (3, 9, 'r')",
                tells: [
                    "user/9 todos", "user/9 todo/2", "user/9 todo/3",
                ]
            )
        }
    }

    @Test func `an enum, a domain and a row type that are altered`() async throws {
        try await Twins.withTwins(
            setUp: """
                create type mood as enum ('sad', 'fine'); create domain size as int check (value > 0);
                create type pair as (a int, b int);
                create table thing (id int primary key, mood mood, size size, pair pair);
                """,
            watch: """
                select freshet.watch('thing', '{mood/:mood}', '{size/:size}');
                select freshet.watch('thing', '{pair/:pair}', name => 'pair')
                """
        ) { twins in
            try await twins.expect(
                "insert into thing values (1, 'sad', 1, '(1,2)')",
                tells: [
                    "size/1 mood/sad", "global pair/(1,2)",
                ]
            )
            try await twins.change(
                """
                alter type mood add value 'glad'; alter type mood rename value 'fine' to 'good';
                alter domain size drop constraint size_check; alter type pair add attribute c text;
                """
            )
            try await twins.expect(
                "insert into thing values (2, 'glad', -1, '(1,2,x)'), (3, 'good', 0, null)",
                tells: ["size/-1 mood/glad", "size/0 mood/good", "global pair/(1,2,x)"]
            )
            try await twins.expect(
                "update thing set pair = null returning thing::text",
                tells: ["size/1 mood/sad", "size/-1 mood/glad", "global pair/(1,2,)", "global pair/(1,2,x)"]
            )
            try await twins.change("alter type mood rename to temper")
            try await twins.expect("insert into thing values (4, 'good', 4)", tells: ["* mood"])
            try await twins.change(
                "drop domain size cascade; create domain size as text; alter table thing add column size size"
            )
            try await twins.expect("insert into thing (id, size) values (5, 'a\"b/c')", tells: ["* mood"])
            try await twins.watch("select freshet.rewatch('thing')")
            try await twins.expect(
                "update thing set size = 'q', mood = 'sad' where id = 5",
                tells: [#"size/q mood/sad"#]
            )
        }
    }

    /// The text of a type is somebody's function, which may fail.
    @Test(arguments: Twins.Delivery.allCases)
    func `a type whose text cannot be had`(delivery: Twins.Delivery) async throws {
        let type = """
            create type bad as (a int);
            create function @.text(bad) returns text language plpgsql as $$ begin raise 'no text'; end $$;
            create cast (bad as text) with function @.text(bad);
            """
        try await Twins.withTwins(
            delivery,
            setUp: type
                + "create table thing (id int primary key, b bad); create table later (id int primary key, b int)",
            watch: "select freshet.watch('thing', '{b/:b}', '{user/:id}'); select freshet.watch('later', '{b/:b}')"
        ) { twins in
            try await twins.expect("insert into thing values (1, row(1)) returning id", tells: ["* b"])
            try await twins.expect("insert into thing values (2, row(1)), (3, null) returning id", tells: ["* b"])
            try await twins.expect("insert into later values (1, 1)", tells: ["global b/1"])
            try await twins.change("alter table later alter b type bad using row(1)::bad")
            try await twins.expect("update later set id = 2 returning id", tells: ["* b"])
            try await twins.expect("insert into later values (4, row(1)), (5, null)", tells: ["* b"])
        }
    }

    @Test func `an enum for which somebody makes a cast that fails`() async throws {
        try await Twins.withTwins(
            setUp: "create type mood as enum ('sad', 'fine'); create table thing (id int primary key, mood mood)",
            watch: "select freshet.watch('thing', '{mood/:mood}', '{kind/:mood}')"
        ) { twins in
            try await twins.expect("insert into thing values (1, 'sad')", tells: ["kind/sad mood/sad"])
            try await twins.change(
                """
                create function @.text(mood) returns text language plpgsql as $$ begin raise 'no text'; end $$;
                create cast (mood as text) with function @.text(mood);
                """
            )
            try await twins.expect("insert into thing values (2, 'fine') returning id", tells: ["kind/fine mood/fine"])
            try await twins.expect(
                "update thing set mood = 'fine' returning id",
                tells: ["kind/sad mood/sad", "kind/fine mood/fine"]
            )
            try await twins.expect("insert into thing values (3, null), (4, 'sad')", tells: ["kind/sad mood/sad"])
        }
    }

    @Test func `a key that is dropped, and whose values then repeat`() async throws {
        try await Twins.withTwins(
            setUp: SacredWriteTests.todo,
            watch: SacredWriteTests.watchTodo
                + "; select freshet.watch_query('todo', $$ select 'global', array['q'] from changed $$, 'q')"
        ) { twins in
            // Each of them joined with each would be four hundred million.
            try await twins.change(
                """
                alter table todo drop constraint todo_pkey;
                insert into todo select 1, 7 from generate_series(1, 20000)
                """
            )
            let everybody = Self.everybody.union(["* "])
            try await twins.expect("update todo set title = 'x'", tells: everybody)
            let one = "update todo set title = 'y' where ctid = (select max(ctid) from todo)"
            try await twins.expect(one, tells: ["user/7 todos", "user/7 todo/1", "global q"])
            try await twins.watch("select freshet.rewatch('todo')")
            try await twins.expect("update todo set title = 'z'", tells: ["user/7 todos", "user/7 todo/1", "global q"])
        }
    }

    @Test func `a key that is dropped, and is null then`() async throws {
        try await Twins.withTwins(
            setUp: SacredWriteTests.todo + "insert into todo values (1, 8, 'a')",
            watch: SacredWriteTests.watchTodo
        ) { twins in
            try await twins.change(
                """
                alter table todo drop constraint todo_pkey; alter table todo alter id drop not null;
                insert into todo values (null, 7, 'a')
                """
            )
            try await twins.expect(
                "update todo set title = 'x' returning id",
                tells: ["user/7 todos", "user/8 todos", "user/8 todo/1"]
            )
            try await twins.expect(
                "update todo set id = coalesce(id, 5), user_id = user_id + 10",
                tells: [
                    "user/7 todos", "user/8 todos", "user/8 todo/1", "user/17 todos", "user/17 todo/5", "user/18 todos",
                    "user/18 todo/1",
                ]
            )
        }
    }

    @Test func `a maker whose search path has other objects before PostgreSQL's`() async throws {
        try await Twins.withTwins(setUp: "create table item (id int primary key)") { twins in
            try await twins.change(
                """
                create function @.cardinality(text[]) returns int language plpgsql as $$ begin raise 'poisoned'; end $$;
                create function @.greater(int, int) returns boolean language plpgsql as $$ begin raise 'poisoned'; end $$;
                create operator @.> (leftarg = int, rightarg = int, function = @.greater);
                """
            )
            try await twins.watch(
                """
                set search_path = watched, pg_catalog;
                select freshet.watch_query('item', $$ select 'global', array['item/' || id] from changed $$)
                """
            )
            try await twins.change(
                "create domain @.regclass as int check (value < 0); create domain @.text as int check (value < 0)"
            )
            // It fails on the text that is none, in the block that catches errors.
            try await twins.expect("insert into item values (1) returning id", tells: ["* "])
            try await twins.change("drop domain @.text; drop domain @.regclass")
            try await twins.expect("insert into item values (2) returning id", tells: ["global item/2"])
        }
    }

    @Test(arguments: Twins.Delivery.allCases)
    func `a query whose tables are gone, or which fails on what a row holds`(delivery: Twins.Delivery) async throws {
        try await Twins.withTwins(
            delivery,
            setUp: """
                create table orders (id int primary key, user_id int); insert into orders values (1, 7), (2, 8);
                create table item (id int primary key, order_id int, n int);
                """,
            watch: """
                select freshet.watch_query('item', $$ select 'user/' || o.user_id, array['order/' || c.order_id]
                  from changed as c join orders as o on o.id = c.order_id $$);
                select freshet.watch_query('item', $$ select 'global', array['part/' || 100 / n] from changed $$, 'n')
                """
        ) { twins in
            try await twins.expect(
                "insert into item values (1, 1, 5), (2, 2, 5) returning item::text",
                tells: ["user/7 order/1", "user/8 order/2", "global part/20"]
            )
            try await twins.expect("update item set n = 0 where id = 1", tells: ["user/7 order/1", "* "])
            try await twins.change("alter table orders rename to purchases")
            try await twins.expect("update item set n = 4 returning item::text", tells: ["* "])
            try await twins.change("alter table purchases rename to orders; drop table if exists nothing")
            try await twins.expect(
                "update item set n = 2 where id = 1",
                tells: ["user/7 order/1", "global part/25", "global part/50"]
            )
            try await twins.change("alter table item rename id to key")
            try await twins.expect("update item set n = 5", tells: ["* "])
            try await twins.change("alter table item rename key to id; alter table item drop column n")
            try await twins.expect("update item set order_id = 2", tells: ["user/7 order/1", "user/8 order/2", "* "])
        }
    }

    @Test func `counted columns that are renamed, retyped or cannot be compared`() async throws {
        try await Twins.withTwins(
            setUp: """
                create table thing (id int primary key, body json, x int, owner int);
                insert into thing values (1, '{}', 1, 1), (2, '{}', 1, 1)
                """,
            watch: "select freshet.watch('thing', '{thing/:id}', '{user/:owner}', '{body}')"
        ) { twins in
            try await twins.expect("update thing set x = 2", tells: [])
            try await twins.expect("update thing set body = '{ }' where id = 1", tells: ["user/1 thing/1"])
            try await twins.change("alter table thing alter body type jsonb")
            try await twins.expect("update thing set body = '5' where id = 1", tells: ["user/1 thing/1"])
            try await twins.expect("update thing set x = 3", tells: [])
            try await twins.change("alter table thing rename body to content")
            try await twins.expect("update thing set x = 9", tells: ["* thing"])
        }
    }

    @Test func `a watch that belongs to a role without a right to tell is named, with what mends it`() async throws {
        try await TestDatabase.withDatabase { database in
            let (old, new) = ("old_\(database.name)", "new_\(database.name)")
            try await database.psql(
                """
                create role \(old); create role \(new);
                select freshet.grant_watcher('\(old)');
                create table item (id int primary key);
                alter table item owner to \(old);
                set role \(old);
                select freshet.watch('public.item', '{item/:id}');
                reset role;
                reassign owned by \(old) to \(new);
                """
            )
            await #expect(throws: (any Error).self) { try await database.psql("insert into item values (1)") }
            let problems = try await database.psql("select problem from freshet.watch_problems")
            #expect(problems.contains("select freshet.grant_watcher('\(new)')"), "\(problems)")
            try await database.psql("select freshet.grant_watcher('\(new)')")
            #expect(try await database.psql("select problem from freshet.watch_problems") == "")
            #expect(try await database.told("insert into item values (1)").count == 1)
            try await database.psql("drop owned by \(old), \(new) cascade; drop role \(old), \(new)")
        }
    }
}
