import LibPQ
import TestSupport
import Testing

/// Tables, types and names that the generated code could trip over.
@Suite(.timeLimit(.minutes(20))) struct OddTableTests {
    /// A watch of each kind that has code of its own.
    static let kinds = [
        ("id int primary key, u int, k text", "select freshet.watch('t', '{ts,t/:id}', '{user/:u}')"),
        ("id int, u int, k text", "select freshet.watch('t', '{t/:id,k/:k}', '{user/:u,kind/:k}')"),
        ("id int primary key, u int, k text", "select freshet.watch('t', '{t/:id}', '{user/:u}', '{k}')"),
        ("id int primary key, u int, k text, p pair", "select freshet.watch('t', '{p/:p,t/:id}', '{user/:u}')"),
        (
            "id int primary key, u int, k text",
            "select freshet.watch_query('t', $$ select 'user/' || u, array['t/' || id] from changed $$)"
        ),
    ]

    @Test(arguments: kinds)
    func `a column that is added with a name of the generated code's own`(columns: String, watch: String) async throws {
        try await Twins.withTwins(
            setUp: "create type pair as (a int); create table t (\(columns))",
            watch: watch
        ) { twins in
            let code = try await twins.watched.query(
                """
                select distinct w.word
                from pg_proc as p cross join lateral regexp_matches(p.prosrc, '[a-z_][a-z_0-9]*', 'gi') as m(found)
                cross join lateral (select m.found[1]) as w(word)
                where p.pronamespace = 'freshet'::regnamespace and p.proname ~ '^watch_[0-9]+_(insert|update|delete)$'
                  and w.word not in ('id', 'u', 'k', 'p')
                """
            )
            let words = try code.map { try $0.decode(at: 0, as: String.self) }
            let names = Set(
                words + ["new", "old", "tg_op", "tg_relid", "found", "sqlerrm", "freshet versions", "n", "o", "c"]
            )
            try #require(names.count > 60)
            // All at once: a table has room for them.
            let added = names.sorted().map { "add column if not exists \"\($0)\" int default 7" }
            try await twins.change("alter table t \(added.joined(separator: ", "))")
            let told: Set = try await twins.told("insert into t (id, u, k) values (1, 5, 'a') returning id")
            #expect(told.contains("user/5 t/1"))
            for (write, expected) in [
                ("insert into t (id, u, k) values (2, 5, 'a'), (3, 6, 'b')", ["user/5 t/2", "user/6 t/3"]),
                ("update t set k = 'z' where id = 1", ["user/5 t/1"]),
                ("update t set k = k || 'y'", ["user/5 t/1", "user/5 t/2", "user/6 t/3"]),
                ("update t set u = u + 1", ["user/5 t/1", "user/6 t/1", "user/7 t/3"]),
                ("delete from t where id = 1", ["user/6 t/1"]), ("delete from t", ["user/6 t/2", "user/7 t/3"]),
            ] {
                let told = try await twins.told(write)
                #expect(told.isSuperset(of: expected), "\(write)")
                #expect(!told.contains { $0.hasPrefix("* ") }, "\(write)")
            }
        }
    }

    @Test func `names of every kind, also the generated code's own, in templates`() async throws {
        let table = #""Ta""ble ✓'s""#
        try await Twins.withTwins(
            setUp: """
                create table \(table) (
                  "Id/x" bigint primary key, "N" text, "n" text, sound text, absent text, v1 text, "über%3" uuid, "new" int,
                  ":c" int, image int, still int
                )
                """,
            watch: #"""
                select freshet.watch(
                  '"Ta""ble ✓''s"',
                  array['t/:Id%2Fx/:N/:n', 'q/:sound/:absent/:v1', 'ü/:über%253/:new', '%3Alit%2Fx/:%3Ac', 'i/:image/:still'],
                  '{user/:n}'
                )
                """#
        ) { twins in
            let rest: Set = [
                "user/%c q/s/a/v", "user/%c ü/6f9619ff-8b86-d011-b42d-00c04fc964ff/3", "user/%c :lit/x/4",
                "user/%c i/5/6",
            ]
            try await twins.expect(
                """
                insert into \(table)
                values (9007199254740991, 'A/b', '%c', 's', 'a', 'v', '6f9619ff-8b86-d011-b42d-00c04fc964ff', 3, 4, 5, 6)
                """,
                tells: rest.union(["user/%c t/9007199254740991/A/b/%c"])
            )
            try await twins.expect(
                #"update \#(table) set "Id/x" = 9007199254740992, "N" = $$"}'$$"#,
                tells: rest.union(["user/%c t/9007199254740991/A/b/%c", #"user/%c t/9007199254740992/"}'/%c"#])
            )
            let longest = String(repeating: "é", count: 31)
            try await twins.change("create table \"\(longest)\" (\"\(longest)\" int)")
            try await twins.watch("select freshet.watch('\"\(longest)\"', array['t/:\(longest)'])")
            try await twins.expect("insert into \"\(longest)\" values (1)", tells: ["global t/1"])
        }
    }

    @Test func `no column, and as many as there can be`() async throws {
        let columns = (0..<1600).map { "c\($0) int" }.joined(separator: ", ")
        // Ten templates of fifteen placeholders: more columns than a result may have, were they all put beside the row.
        let tags = (0..<10).map { t in (0..<15).map { ":c\(t * 15 + $0)" }.joined(separator: "/") }.map { "'\($0)'" }
        try await Twins.withTwins(
            setUp: "create table nothing (); create table wide (\(columns))",
            watch: """
                select freshet.watch('nothing', '{nothing}');
                select freshet.watch('wide', '{c/:c1599}');
                select freshet.watch('wide', array[\(tags.joined(separator: ","))], name => 'many')
                """
        ) { twins in
            try await twins.expect("insert into nothing default values", tells: ["global nothing"])
            try await twins.expect("delete from nothing", tells: ["global nothing"])
            try await twins.expect("insert into wide (c1599) values (3) returning c1599", tells: ["global c/3"])
            try await twins.expect("insert into wide (c1599) values (4), (5)", tells: ["global c/4", "global c/5"])
            try await twins.expect("update wide set c1 = 5", tells: ["global c/3", "global c/4", "global c/5"])
            try await twins.expect("update wide set c1 = 5", tells: [])
        }
    }

    @Test func `texts that a collation takes for the same are told apart`() async throws {
        try await Twins.withTwins(
            setUp: """
                create collation alike (provider = icu, deterministic = false, locale = 'und-u-ks-level2');
                create table word (key text collate alike primary key, owner text collate alike, n int);
                """,
            watch: "select freshet.watch('word', '{key/:key}', '{user/:owner}')"
        ) { twins in
            try await twins.expect("insert into word values ('a', 'u', 1)", tells: ["user/u key/a"])
            try await twins.expect("update word set key = 'A'", tells: ["user/u key/a", "user/u key/A"])
            try await twins.expect("update word set owner = 'U'", tells: ["user/u key/A", "user/U key/A"])
            try await twins.expect(
                "insert into word values ('b', 'x', 1), ('c', 'X', 1)",
                tells: ["user/x key/b", "user/X key/c"]
            )
            try await twins.expect("update word set n = n", tells: [])
        }
    }

    @Test func `values of every type have a text, however the session is set`() async throws {
        let columns = [
            ("u", "uuid", "6f9619ff-8b86-d011-b42d-00c04fc964ff"), ("n", "numeric", "1.50"), ("b", "boolean", "true"),
            ("c", "char(5)", "ab"), ("j", "jsonb", #"{"a": [1]}"#), ("x", "xml", "<a/>"), ("p", "point", "(1,2)"),
            ("a", "int[]", "{1,2}"), ("m", "mood", "fine"), ("ms", "mood[]", "{sad}"), ("pr", "pair", "(1,)"),
            ("ip", "inet", "10.0.0.1/32"), ("r", "int4range", "[1,5)"), ("ch", "\"char\"", "x"), ("nm", "name", "na"),
            ("t", "time", "10:11:00"), ("s", "size", "5"), ("nan", "float8", "NaN"), ("inf", "timestamptz", "infinity"),
            ("bc", "date", "0044-03-15 BC"), ("v", "bit varying", "0101"), ("q", "tsquery", "'a' & 'b'"),
            ("reg", "regclass", "pg_class"),
        ]
        try await Twins.withTwins(
            setUp: """
                create type mood as enum ('sad', 'fine'); create domain size as int; create type pair as (a int, b int);
                create table thing (id int primary key, \(columns.map { "\($0.0) \($0.1)" }.joined(separator: ", ")));
                set datestyle = 'German'; set extra_float_digits = -5; set intervalstyle = 'sql_standard'; set xmloption = document
                """,
            watch:
                "select freshet.watch('thing', array[\(columns.map { "'\($0.0)/:\($0.0)'" }.joined(separator: ","))])"
        ) { twins in
            let values = columns.map { "'\($0.2.replacing("'", with: "''"))'" }.joined(separator: ", ")
            let told = Set(columns.map { "global \($0.0)/\($0.2)" })
            // The name `pg_class` has its schema before it where the search path does not begin with it.
            try await twins.expect("insert into thing values (1, \(values))", tells: told)
            try await twins.expect("update thing set id = 2", tells: told)
            try await twins.expect("insert into thing values (3, \(values)), (4, \(values))", tells: told)
        }
    }

    @Test func `triggers that are put off, and transactions that do not conflict`() async throws {
        try await Twins.withTwins(
            setUp: SacredWriteTests.todo
                + """
                create table job (id int primary key);
                create function @.done() returns trigger language plpgsql as $$
                begin insert into @.todo values (new.id, 7); return null; end $$;
                create constraint trigger late after insert on job deferrable initially deferred
                  for each row execute function @.done();
                """,
            watch: SacredWriteTests.watchTodo
        ) { twins in
            try await twins.expect(
                script: "begin; insert into job values (1); commit",
                tells: ["user/7 todos", "user/7 todo/1"]
            )
            // Two at once, which read and write other rows: a trigger that read what the other wrote would end one of them.
            try await twins.database.cluster.withSession(database: twins.database.name) { other in
                try await other.execute(
                    "begin isolation level serializable; set local search_path = watched; select from todo where id = 10; "
                        + "insert into todo values (10, 1)"
                )
                let told = try await twins.told(
                    script: "begin isolation level serializable; insert into todo values (11, 2); commit"
                )
                #expect(told == ["user/2 todos", "user/2 todo/11"])
                try await other.execute("commit")
            }
        }
    }
}
