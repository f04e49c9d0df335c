import Foundation
import TestSupport
import Testing
import ThrowawayPostgres

/// Partitions that come after `watch`, in whatever way and by whoever: a write that names one is told to everybody until
/// `freshet.rewatch` (migration 0016).
@Suite(.timeLimit(.minutes(20))) struct PartitionTests {
    private static let everybody = #"* [["items"], ["item"]]"#

    /// A table with partitions, one of them with partitions of its own, that is watched.
    private static func withItems<Result>(_ body: (TestDatabase) async throws -> Result) async throws -> Result {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                """
                create table item (id int, month int, note text, primary key (id, month)) partition by list (month);
                create table item_1 partition of item for values in (1);
                create table item_2 partition of item for values in (2);
                create table item_9 partition of item for values in (9, 10) partition by list (month);
                create table item_9_9 partition of item_9 for values in (9);
                select freshet.watch('item', '{items,item/:id}', '{user/:month}');
                """
            )
            return try await body(database)
        }
    }

    @Test(arguments: [
        "create table late partition of item for values in (3)",
        "create table late (month int not null, junk int, id int not null, note text); "
            + "alter table late drop column junk; alter table item attach partition late for values in (3)",
        "create table late partition of item default",
        "create table between partition of item for values in (3) partition by range (id); "
            + "create table late partition of between default",
        "create table between (id int not null, month int not null, note text) partition by range (id); "
            + "create table late partition of between default; alter table item attach partition between for values in (3)",
    ])
    func `a partition that comes after the watch tells everybody, and precisely once it is watched again`(
        change: String
    ) async throws {
        try await Self.withItems { database in
            try await database.psql(change)
            for write in [
                "insert into late (id, month) values (1, 3), (2, 3)", "update late set note = 'x'",
                "copy late (id, month) from stdin;\n3\t3\n\\.\n",
                "insert into late (id, month) values (1, 3) on conflict do nothing; delete from late where id = 1",
            ] {
                #expect(try await database.told(write) == [Self.everybody], "\(write)")
            }
            let problems = try await database.psql(
                "select problem from freshet.watch_problems where problem like '%late%'"
            )
            #expect(
                problems.contains("until freshet.rewatch('item'), a collapsed tag is told to everybody for each insert")
            )
            #expect(problems.contains("nothing is told of the truncate of late itself"))

            #expect(try await database.psql("select freshet.rewatch('item')") == "1")
            #expect(try await database.psql("select * from freshet.watch_problems") == "")
            #expect(
                try await database.told("insert into late (id, month) values (7, 3)")
                    == [#"user/3 [["items"], ["item", 7]]"#]
            )
            #expect(try await database.told("update late set note = note") == [])
            #expect(try await database.told("truncate late") == [Self.everybody])
        }
    }

    @Test func `what is written through the parent is told as ever, and a late partition's rows to everybody too`()
        async throws
    {
        try await Self.withItems { database in
            try await database.psql("create table item_3 partition of item for values in (3)")
            #expect(
                try await database.told("insert into item values (1, 1), (1, 9)") == [
                    #"user/1 [["items"], ["item", 1]]"#, #"user/9 [["items"], ["item", 1]]"#,
                ]
            )
            #expect(
                Set(try await database.told("insert into item values (1, 3)"))
                    == [Self.everybody, #"user/3 [["items"], ["item", 1]]"#]
            )
            // A row that moves there is a delete and an insert to triggers for each row.
            #expect(
                try await database.told("update item set month = 3, id = 2 where month = 9").contains(Self.everybody)
            )
            #expect(
                try await database.told(
                    """
                    merge into item using (values (1)) as v(id) on item.id = v.id and item.month = 3
                    when matched then update set note = 'm'
                    """
                ).contains(Self.everybody)
            )
            #expect(
                try await database.told(
                    "insert into item_3 values (1, 3) on conflict (id, month) do update set note = 'n'"
                ) == [Self.everybody]
            )
        }
    }

    @Test func `everybody is told once a transaction, and again when a savepoint took it back`() async throws {
        try await Self.withItems { database in
            try await database.psql("create table item_3 partition of item for values in (3)")
            let writes =
                "insert into item_3 select g, 3 from generate_series(1, 100) as g; update item_3 set note = 'x';"
            #expect(
                try await database.told("begin; \(writes) savepoint a; delete from item_3; commit") == [Self.everybody]
            )
            #expect(try await database.told("update item_3 set note = note; begin; \(writes) rollback") == [])
            #expect(
                try await database.told(
                    "begin; savepoint a; \(writes) rollback to a; insert into item_3 values (1, 3); commit"
                )
                    == [Self.everybody]
            )
            // Nobody silences himself.
            #expect(
                try await database.told(
                    "set freshet.later_\(try await Self.watchID(database)) = '1'; insert into item_3 values (2, 3)"
                ) == [Self.everybody]
            )
        }
    }

    private static func watchID(_ database: TestDatabase) async throws -> String {
        try await database.psql("select id from freshet.watch where relation = 'item'::regclass")
    }

    @Test func `whoever has no right on the schema makes partitions and writes them`() async throws {
        try await Self.withItems { database in
            let role = "maker_\(database.name)"
            try await database.psql(
                """
                create role \(role) login;
                grant usage, create on schema public to \(role);
                alter table item owner to \(role);
                revoke usage on schema freshet from public;
                """
            )
            try await database.psql("create table item_3 partition of item for values in (3)", user: role)
            try await database.psql("create table item_4 (like item)", user: role)
            try await database.psql("alter table item attach partition item_4 for values in (4)", user: role)
            for table in ["item_3", "item_4"] {
                let write = "insert into \(table) values (1, \(table.suffix(1)))"
                #expect(try await database.told(write, user: role) == [Self.everybody])
            }
            try await database.psql("alter table item detach partition item_3; drop table item_3", user: role)
        }
    }

    @Test func `a partition that is detached and attached again is told precisely all the while`() async throws {
        try await Self.withItems { database in
            let precise = #"user/2 [["items"], ["item", 1]]"#
            try await database.psql("insert into item values (1, 2)")
            try await database.psql("alter table item detach partition item_2")
            #expect(try await database.told("update item_2 set note = 'a'") == [precise])
            try await database.psql("alter table item attach partition item_2 for values in (2)")
            #expect(try await database.told("update item_2 set note = 'b'") == [precise])
            #expect(try await database.told("update item set note = 'c'") == [precise])
            #expect(try await database.psql("select * from freshet.watch_problems") == "")
        }
    }

    @Test func `triggers that are all enabled at once say nothing twice`() async throws {
        try await Self.withItems { database in
            try await database.psql("alter table item disable trigger all; alter table item enable trigger all")
            #expect(
                try await database.told("insert into item values (1, 1); insert into item_2 values (1, 2)") == [
                    #"user/1 [["items"], ["item", 1]]"#, #"user/2 [["items"], ["item", 1]]"#,
                ]
            )
            try await database.psql("select freshet.rewatch('item')")
            let enabled = """
                select string_agg(tgrelid::regclass::text, ',' order by tgrelid::regclass::text) from pg_trigger
                where tgname like 'freshet%later' and tgenabled = 'O'
                """
            #expect(try await database.psql(enabled) == "item,item_9")
        }
    }

    @Test func `what watches sessions and scopes has all of them checked when a late partition is written`()
        async throws
    {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                """
                create table member (user_id int, org int, primary key (user_id, org)) partition by list (org);
                create table login (id int, org int) partition by list (org);
                select freshet.watch_scopes('member', ':user_id'); select freshet.watch_sessions('login', ':id');
                create table member_1 partition of member for values in (1);
                create table login_1 partition of login for values in (1);
                """
            )
            let heard = try await database.psql(
                """
                listen freshet;
                insert into member_1 values (7, 1); insert into login_1 values (8, 1); delete from login_1;
                """
            )
            #expect(heard.contains(#"{"user":"*"}"#))
            #expect(heard.components(separatedBy: #"{"session":"*"}"#).count == 2)
        }
    }

    @Test func `to unwatch leaves nothing behind`() async throws {
        try await Self.withItems { database in
            try await database.psql(
                """
                create table item_3 partition of item for values in (3);
                alter table item detach partition item_2;
                select freshet.watch_query('item', $$ select 'global', array['q'] from changed $$, 'second');
                """
            )
            #expect(try await database.psql("select freshet.unwatch('item')") == "2")
            let left = """
                select tgname from pg_trigger where tgrelid::regclass::text like 'item%' and tgname like 'freshet%'
                union all
                select proname from pg_proc where pronamespace = 'freshet'::regnamespace and proname ~ '^watch_[0-9]+_later$'
                """
            #expect(try await database.psql(left) == "")
            #expect(try await database.told("insert into item_3 values (1, 3)") == [])
        }
    }

    @Test func `to watch again keeps what was recorded, and touches nothing where there is nothing new`() async throws {
        try await Self.withItems { database in
            try await database.psql(
                """
                create schema "Hid, den";
                create table "Hid, den".place (month int, name text);
                insert into "Hid, den".place values (3, 'march');
                set search_path = "Hid, den", public;
                select freshet.watch_query('item', $$
                  select 'global', array['place/' || p.name] from changed as c join place as p on p.month = c.month $$, 'q');
                select freshet.watch('item', '{noted/:id}', '{global}', '{note}', 'notes');
                reset search_path;
                create table item_3 partition of item for values in (3);
                """
            )
            let recorded = "select w.* from freshet.watches as w order by name"
            let functions = """
                select string_agg(xmin::text, ',' order by oid) from pg_proc
                where pronamespace = 'freshet'::regnamespace and proname ~ '^watch_[0-9]+_'
                """
            let (watches, before) = (try await database.psql(recorded), try await database.psql(functions))
            #expect(try await database.psql("select freshet.rewatch('item')") == "3")
            #expect(try await database.psql(recorded) == watches)
            #expect(try await database.psql(functions) == before)
            #expect(
                Set(try await database.told("insert into item_3 values (1, 3, 'x')")) == [
                    #"user/3 [["items"], ["item", 1]]"#, #"global [["place", "march"]]"#, #"global [["noted", 1]]"#,
                ]
            )
            #expect(try await database.psql("select freshet.rewatch() > 3") == "t", "freshet.session is watched too")
        }
    }

    @Test func `a watch that cannot be made again is left as it is, and its new partitions tell more`() async throws {
        try await Self.withItems { database in
            try await database.psql(
                """
                select freshet.watch('item', '{noted/:note}', '{global}', null, 'notes');
                alter table item drop column note;
                create table item_3 partition of item for values in (3);
                """
            )
            #expect(try await database.psql("select freshet.rewatch('item')") == "1")
            #expect(
                Set(try await database.told("insert into item_3 values (1, 3)"))
                    == [#"user/3 [["items"], ["item", 1]]"#, #"* [["noted"]]"#]
            )
        }
    }

    @Test func `a column that has another type is read as that once it is watched again`() async throws {
        try await Self.withItems { database in
            try await database.psql("alter table item add column code int; select freshet.watch('item', '{c/:code}')")
            try await database.psql("alter table item alter column code type text using 'a/b'")
            #expect(try await database.told("insert into item values (1, 1, '', 'x')") == [#"* [["c"]]"#])
            #expect(try await database.psql("select freshet.rewatch('item')") == "1")
            #expect(try await database.told("insert into item values (2, 1, '', 'x')") == [#"global [["c", "x"]]"#])
        }
    }

    @Test func `whoever may make watches of his own makes them again, and those of others not`() async throws {
        try await Self.withItems { database in
            let role = "watcher_\(database.name)"
            try await database.psql("create role \(role) login; grant create on schema public to \(role);")
            try await database.psql("select freshet.grant_watcher('\(role)')")
            try await database.psql(
                """
                create table own (id int) partition by list (id); select freshet.watch('own', '{own/:id}');
                create table own_1 partition of own for values in (1);
                """,
                user: role
            )
            #expect(try await database.told("insert into own_1 values (1)", user: role) == [#"* [["own"]]"#])
            #expect(try await database.psql("select freshet.rewatch()", user: role) == "1")
            #expect(try await database.told("insert into own_1 values (1)", user: role) == [#"global [["own", 1]]"#])
            // Made again by another, it is still its maker's to end.
            try await database.psql("create table own_2 partition of own for values in (2)", user: role)
            #expect(try await database.psql("select freshet.rewatch('own')") == "1")
            #expect(try await database.psql("select freshet.unwatch('own')", user: role) == "1")
        }
    }

    @Test func `a dump brings the triggers along as they are`() async throws {
        try await Self.withItems { database in
            try await TestDatabase.withDatabase(.empty) { copy in
                let dump = FileManager.default.temporaryDirectory.appendingPathComponent("\(database.name).sql").path
                defer { try? FileManager.default.removeItem(atPath: dump) }
                let program = database.cluster.binaries.path(of: "pg_dump")
                try await database.psql("\\! \(program) --file=\(dump) \"\(database.conninfo)\"")
                try await copy.psql(file: dump)
                #expect(try await copy.psql("select * from freshet.watch_problems") == "")
                let rows = try await copy.told("insert into item values (1, 1); insert into item_2 values (1, 2)")
                #expect(rows == [#"user/1 [["items"], ["item", 1]]"#, #"user/2 [["items"], ["item", 1]]"#])
                try await copy.psql("create table item_3 partition of item for values in (3)")
                #expect(try await copy.told("insert into item_3 values (1, 3)") == [Self.everybody])
            }
        }
    }

    @Test func `a watch from before the migration gets its trigger with it`() async throws {
        try await TestDatabase.withDatabase(.empty) { database in
            let old = try String(contentsOfFile: Repository.migrations, encoding: .utf8)
            guard let end = old.range(of: #"\set migration 0016"#)?.lowerBound,
                let rest = old.range(of: "-- The role of the service", range: end..<old.endIndex)?.lowerBound
            else { throw TestFailure("apply.sql does not name 0016") }
            let folder = Repository.root + "/migrations/"
            try await database.psql("\\cd \(folder)\n" + old[..<end] + old[rest...])
            try await database.psql(
                """
                create table item (id int, month int) partition by list (month);
                create table item_1 partition of item for values in (1);
                select freshet.watch('item', '{items,item/:id}');
                create schema hidden; create table hidden.place (id int);
                set search_path = hidden, public;
                select freshet.watch_query('item', 'select ''global'', array[''p''] from changed join place using (id)', 'q');
                """
            )
            try await database.psql(file: Repository.migrations)
            try await database.psql("create table item_2 partition of item for values in (2)")
            #expect(Set(try await database.told("insert into item_2 values (1, 2)")) == [Self.everybody, "* [[]]"])
            #expect(try await database.psql("select freshet.rewatch('item')") == "2")
            #expect(try await database.psql("select * from freshet.watch_problems") == "")
            try await database.psql("insert into hidden.place values (5)")
            #expect(
                Set(try await database.told("insert into item_2 values (5, 2)"))
                    == [#"global [["items"], ["item", 5]]"#, #"global [["p"]]"#]
            )
        }
    }
}
