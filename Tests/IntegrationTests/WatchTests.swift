import TestSupport
import Testing

/// CONTRACT.md §3: which statement tells what.
@Suite struct WatchTests {
    @Test(arguments: [
        ("insert into todo values (20, 1, 'x')", #"user/1 [["todos"], ["todo", 20]]"#),
        ("update todo set title = 'x' where id = 2", #"user/1 [["todos"], ["todo", 2]]"#),
        ("delete from todo where id = 2", #"user/1 [["todos"], ["todo", 2]]"#),
        (
            "insert into todo values (2, 1, 'y') on conflict (id) do update set title = 'y'",
            #"user/1 [["todos"], ["todo", 2]]"#
        ),
        ("copy todo from stdin;\n30\t1\tz\tf\n\\.\n", #"user/1 [["todos"], ["todo", 30]]"#),
        (
            "merge into todo t using (values (2)) v(id) on t.id = v.id when matched then update set title = 'm'",
            #"user/1 [["todos"], ["todo", 2]]"#
        ),
        ("truncate todo", #"* [["todos"], ["todo"]]"#),
        ("update todo set id = 200 where id = 2", #"user/1 [["todos"], ["todo", 2], ["todo", 200]]"#),
    ])
    func `each kind of statement tells its rows`(statement: String, expected: String) async throws {
        try await TestDatabase.withTodos { database in
            let told = try await database.told(statement)
            #expect(told.map(Self.sorted) == [Self.sorted(expected)])
        }
    }

    @Test func `a row that moves tells the old user and the new one`() async throws {
        try await TestDatabase.withTodos { database in
            let told = try await database.told("update todo set user_id = 2 where id = 2")
            #expect(
                Set(told.map(Self.sorted))
                    == Set([#"user/1 [["todos"], ["todo", 2]]"#, #"user/2 [["todos"], ["todo", 2]]"#].map(Self.sorted))
            )
        }
    }

    @Test(arguments: [
        "update todo set title = title", "update todo set title = 'x' where id = 99", "delete from todo where id = 99",
        "begin; update todo set done = true; rollback",
        "begin; savepoint s; update todo set done = true; rollback to s; commit",
        "insert into todo values (2, 1, 'y') on conflict do nothing",
    ])
    func `what changes nothing tells nothing`(statement: String) async throws {
        try await TestDatabase.withTodos { database in
            let told = try await database.told(statement)
            #expect(told == [])
        }
    }

    @Test func `a null placeholder leaves out that tag or scope`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                """
                create table note (id int primary key, user_id int, folder text);
                select freshet.watch('note', '{notes,folder/:folder}', '{user/:user_id,global}');
                """
            )
            #expect(try await database.told("insert into note values (1, null, null)") == [#"global [["notes"]]"#])
        }
    }

    @Test func `only counted columns count, and a column added later counts where all do`() async throws {
        try await TestDatabase.withTodos { database in
            try await database.psql("select freshet.watch('todo', '{todos}', '{global}', '{title}')")
            #expect(try await database.told("update todo set done = not done") == [])
            #expect(try await database.told("update todo set title = 'x' where id = 1") == [#"global [["todos"]]"#])
            try await database.psql(
                "select freshet.watch('todo', '{todos}', '{global}'); alter table todo add column note json"
            )
            #expect(
                try await database.told(#"update todo set note = '{"a":1}' where id = 1"#) == [#"global [["todos"]]"#]
            )
        }
    }

    @Test func `a cascade tells the rows that it takes along`() async throws {
        try await TestDatabase.withTodos { database in
            try await database.psql(
                """
                create table comment (id int primary key, todo_id int references todo on delete cascade);
                insert into comment values (7, 2);
                select freshet.watch('comment', '{comment/:id}');
                """
            )
            let told = try await database.told("delete from todo where id = 2")
            #expect(told.contains(#"global [["comment", 7]]"#))
        }
    }

    @Test func `a partitioned table tells through its parent, through a partition, and when a row moves between`()
        async throws
    {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                """
                create table item (id int, month int, primary key (id, month)) partition by list (month);
                create table item_1 partition of item for values in (1);
                create table item_2 partition of item for values in (2);
                select freshet.watch('item', '{item/:id}');
                """
            )
            #expect(try await database.told("insert into item values (1, 1)") == [#"global [["item", 1]]"#])
            #expect(try await database.told("insert into item_2 values (2, 2)") == [#"global [["item", 2]]"#])
            #expect(try await database.told("update item set month = 2 where id = 1") == [#"global [["item", 1]]"#])
        }
    }

    @Test func `many rows tell each pair once, and past max_tags the part before the placeholder`() async throws {
        try await TestDatabase.withTodos { database in
            try await database.psql("insert into todo select g, 1, 'x' from generate_series(100, 10099) as g")
            #expect(
                try await database.told("update todo set done = true where id >= 100") == [
                    #"user/1 [["todos"], ["todo"]]"#
                ]
            )
            try await database.psql("select freshet.configure('max_tags', '3')")
            let few = try await database.told("update todo set done = false where id in (100, 101)")
            #expect(few.map(Self.sorted) == [Self.sorted(#"user/1 [["todos"], ["todo", 100], ["todo", 101]]"#)])
        }
    }

    @Test func `names and values of every kind are told as they are`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                """
                create table "Odd ""name"" {é}" ("the Key" text primary key, "user/id" text);
                select freshet.watch('"Odd ""name"" {é}"', '{"thing/:the Key"}', '{"user/:user%2Fid"}');
                """
            )
            let told = try await database.told(
                #"""
                insert into "Odd ""name"" {é}" values ('a/b%c "q" {x} '' 👩‍👩‍👧 \', 'o''brien/x');
                """#
            )
            #expect(told == [#"user/o'brien/x [["thing", "a/b%c \"q\" {x} ' 👩‍👩‍👧 \\"]]"#])
        }
    }

    @Test func `a value of 10 kB collapses its tag, and one of 1 MB fails no write`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                "create table doc (slug text primary key, body text); select freshet.watch('doc', '{doc/:slug}')"
            )
            #expect(
                try await database.told("insert into doc values (repeat('x', 1500), '')").first == #"global [["doc"]]"#
            )
            try await database.psql(
                "create table big (slug text, body text); select freshet.watch('big', '{big/:body}')"
            )
            #expect(
                try await database.told("insert into big values ('a', repeat('x', 1000000))") == [#"global [["big"]]"#]
            )
        }
    }

    @Test(arguments: [
        ("alter table todo drop column user_id", "update todo set title = 'x' where id = 1"),
        ("alter table todo rename column id to key", "update todo set title = 'x' where key = 1"),
        ("alter table todo alter column user_id type text", "insert into todo values (77, 'me', 'x')"),
        ("alter table todo rename to task", "update task set title = 'x' where id = 1"),
    ])
    func `a table that has changed since the watch tells more and never fails the write`(
        change: String,
        write: String
    ) async throws {
        try await TestDatabase.withTodos { database in
            let told = try await database.told(change + ";" + write)
            #expect(!told.isEmpty)
            if !change.contains("rename to") {
                #expect(told == [#"* [["todos"], ["todo"]]"#])
                let problems = try await database.psql("select problem from freshet.watch_problems")
                #expect(!problems.isEmpty)
            }
        }
    }

    @Test func `a writer without any right on the schema writes as before`() async throws {
        try await TestDatabase.withTodos { database in
            let role = "writer_\(database.name)"
            try await database.psql(
                "create role \(role) login; grant select, insert, update, delete on todo to \(role); revoke usage on schema freshet from public"
            )
            let told = try await database.told("update todo set title = 'x' where id = 2", user: role)
            #expect(told.map(Self.sorted) == [Self.sorted(#"user/1 [["todos"], ["todo", 2]]"#)])
        }
    }

    @Test(arguments: [
        ("select freshet.watch('todo', '{todo/:nothing}')", "nothing"),
        ("select freshet.watch('todo', '{todos}', '{user/:nobody}')", "nobody"),
        ("select freshet.watch('todo', '{todos}', '{global}', '{wrong}')", "wrong"),
        ("select freshet.watch('todo', '{1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17}')", "16"),
        ("select freshet.watch('todo', '{}')", "tag"),
        ("select freshet.watch('todo', '{todos}', '{nonsense}')", "nonsense"),
        ("create view v as select * from todo; select freshet.watch('v', '{todos}')", "view"),
        ("select freshet.watch_query('todo', 'select nonsense')", "nonsense"),
        ("select freshet.watch_query('todo', 'select 1, 2 from changed')", "text"),
        ("select freshet.configure('history', 'soon')", "history"),
        ("select freshet.configure('nothing', '1')", "nothing"),
        ("select freshet.invalidate('{a}', 'nonsense')", "nonsense"),
        ("select freshet.invalidate('{50%}')", "50%"),
    ])
    func `what cannot be is an error that names it`(statement: String, name: String) async throws {
        try await TestDatabase.withTodos { database in
            do {
                try await database.psql(statement)
                Issue.record("it was taken: \(statement)")
            } catch {
                #expect("\(error)".contains(name), "\(error)")
            }
        }
    }

    @Test func `a query tells what needs a join, and runs with the rights of whoever made it`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(
                """
                create table orders (id int primary key, user_id int);
                create table order_items (id int primary key, order_id int, amount int);
                insert into orders values (5, 42);
                select freshet.watch_query('order_items', $$
                  select 'user/' || o.user_id, array['orders', 'order/' || c.order_id]
                  from changed c join orders o on o.id = c.order_id $$);
                """
            )
            let role = "buyer_\(database.name)"
            try await database.psql(
                "create role \(role) login; grant insert, update, delete, select on order_items to \(role)"
            )
            let told = try await database.told("insert into order_items values (1, 5, 3)", user: role)
            #expect(told.map(Self.sorted) == [Self.sorted(#"user/42 [["orders"], ["order", 5]]"#)])
            #expect(try await database.told("update order_items set amount = amount", user: role) == [])
            try await database.psql("drop table orders")
            #expect(try await database.told("insert into order_items values (2, 5, 3)", user: role) == ["* [[]]"])
        }
    }

    @Test func `watching again replaces, and unwatching says how many`() async throws {
        try await TestDatabase.withTodos { database in
            try await database.psql(
                """
                select freshet.watch('todo', '{a}'); select freshet.watch('todo', '{b}', name => 'second');
                """
            )
            #expect(
                Set(try await database.told("delete from todo where id = 1")) == [
                    #"global [["a"]]"#, #"global [["b"]]"#,
                ]
            )
            #expect(try await database.psql("select freshet.unwatch('todo', 'second')") == "1")
            #expect(try await database.psql("select freshet.unwatch('todo')") == "1")
            #expect(try await database.told("delete from todo where id = 2") == [])
        }
    }

    @Test func `a preview reports and leaves nothing behind`() async throws {
        try await TestDatabase.withTodos { database in
            let told = try await database.told("select * from freshet.preview('delete from todo where id = 2')")
            #expect(told == [])
            let rows = try await database.psql("select scope from freshet.preview('delete from todo where id = 2')")
            #expect(rows == "user/1")
            #expect(try await database.psql("select count(*) from todo") == "10")
        }
    }

    @Test func `a transaction of 500 watched statements opens no subtransaction`() async throws {
        try await TestDatabase.withTodos { database in
            try await database.psql(
                """
                do $$ begin
                  for i in 1..500 loop update todo set title = 'r' || i where id = i % 10 + 1; end loop;
                  -- A subtransaction that had written would have left its id in this snapshot's range.
                  if pg_snapshot_xmax(pg_current_snapshot())::text::bigint - pg_current_xact_id()::text::bigint > 400 then
                    raise 'subtransactions were opened';
                  end if;
                end $$
                """
            )
        }
    }

    /// A line with its tags in one order: which comes first is not promised.
    private static func sorted(_ line: String) -> String {
        guard let space = line.firstIndex(of: " ") else { return line }
        let tags = line[line.index(after: space)...].dropFirst().dropLast().replacing("], [", with: "]\n[")
        return line[..<space] + " " + tags.split(separator: "\n").sorted().joined(separator: ", ")
    }
}
