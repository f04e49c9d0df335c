import LibPQ
import TestSupport
import Testing
import ThrowawayPostgres

/// CONTRACT.md §2: no subtransaction with an id of its own is opened around a write, so a transaction of many statements
/// does not overflow the 64 that a snapshot has room for.
@Suite(.timeLimit(.minutes(20))) struct SubtransactionTests {
    /// Nobody else on the cluster may take a transaction's id.
    private static func withTables(_ body: (TestDatabase) async throws -> Void) async throws {
        var options = ClusterOptions.forTests
        options.settings["autovacuum"] = "off"
        options.settings["max_prepared_transactions"] = "5"
        try await TestDatabase.withOwnCluster(.migrated, options) { database in
            try await database.psql(
                """
                create type pair as (a int, b int);
                create table plain (id int primary key, n int); create table guarded (id int primary key, n int, p pair);
                create table keyless (id int, n int); create table queried (id int primary key, n int);
                create table parted (id int, n int) partition by list (id);
                select freshet.watch('plain', '{all,plain/:id}', '{user/:id}');
                select freshet.watch('guarded', '{guarded/:p}', '{user/:id,global}');
                select freshet.watch('keyless', '{keyless/:id}', '{user/:id}', '{n}');
                select freshet.watch_query('queried', $$ select 'global', array['q/' || 10 / n] from changed $$);
                select freshet.watch('parted', '{parted/:id}');
                create table parted_1 partition of parted default;
                insert into plain values (1, 1); insert into guarded values (1, 1, '(1,2)');
                insert into keyless values (1, 1); insert into queried values (1, 1); insert into parted values (1, 1);
                create function caught() returns void language plpgsql as $$
                begin update plain set n = n + 1 where id = 1; exception when division_by_zero then null; end $$;
                """
            )
            try await body(database)
        }
    }

    /// How many ids the transaction of 500 such statements takes, and how often a reader meanwhile had to look up whose
    /// subtransaction an id is.
    private static func cost(of statement: String, on database: TestDatabase) async throws -> (ids: Int, lookups: Int) {
        let lookups = "select sum(blks_hit + blks_read) from pg_stat_slru where name ilike 'subtrans%'"
        let before = try #require(Int(try await database.psql(lookups)))
        return try await database.cluster.withSession(database: database.name) { session in
            let first = try await session.query("select pg_current_xact_id()::text::int")[0].decode(at: 0, as: Int.self)
            try await session.execute("begin; " + String(repeating: statement + ";", count: 500))
            // Below the id of a transaction that has ended, a reader must know whose each id is.
            let reader = try await database.psql(
                """
                select pg_backend_pid();
                do $$ begin perform pg_current_xact_id(); end $$;
                select from plain; select from guarded; select from keyless; select from queried; select from parted;
                """
            )
            // A session that ends says what it has counted.
            let processID = reader.prefix { $0.isNumber }
            try await database.wait(until: "not exists (select from pg_stat_activity where pid = \(processID))")
            try await session.execute("commit")
            let last = try await session.query("select pg_current_xact_id()::text::int")[0].decode(at: 0, as: Int.self)
            let after = try #require(Int(try await database.psql(lookups)))
            return (last - first - 2, after - before)
        }
    }

    @Test func `a transaction of 500 watched statements takes one id`() async throws {
        try await Self.withTables { database in
            for delivery in ["notify", "poll"] {
                try await database.psql("select freshet.configure('delivery', '\(delivery)')")
                for statement in [
                    "update plain set n = n + 1 where id = 1", "insert into plain select max(id) + 1 from plain",
                    "update plain set n = n + 1 where id < 3", "update guarded set n = n + 1",
                    "update keyless set n = n + 1", "update parted_1 set n = n + 1",
                    // The query fails at every other of them.
                    "update queried set n = 1 - n",
                ] {
                    let cost = try await Self.cost(of: statement, on: database)
                    #expect(cost.ids == 1, "\(delivery): \(statement)")
                    // A session of before may count its own late.
                    #expect(cost.lookups < 10, "\(delivery): \(statement)")
                }
                // What the measure shows where there are subtransactions.
                let caught = try await Self.cost(of: "select caught()", on: database)
                #expect(caught.ids == 501)
                #expect(caught.lookups > 100)
            }
        }
    }

    @Test func `a transaction that is prepared fails in PostgreSQL's own words, and where the log is polled does not`()
        async throws
    {
        try await Self.withTables { database in
            let transaction = "begin; update plain set n = n + 1; prepare transaction 'p'"
            let error = await #expect(throws: ClusterError.self) { try await database.psql(transaction) }
            #expect(
                error?.description.contains(
                    "cannot PREPARE a transaction that has executed LISTEN, UNLISTEN, or NOTIFY"
                ) == true
            )
            try await database.psql("select freshet.configure('delivery', 'poll')")
            try await database.psql(transaction)
            let told = try await database.told("commit prepared 'p'")
            #expect(told == [#"user/1 [["all"], ["plain", 1]]"#])
        }
    }
}
