import TestSupport
import Testing
import ThrowawayPostgres

@Suite struct TestDatabaseTests {
    @Test func `a test has a database of its own`() async throws {
        try await TestDatabase.withDatabase(.empty) { first in
            try await TestDatabase.withDatabase(.empty) { second in
                try await first.psql("create table t (a int); insert into t values (1), (2)")
                #expect(try await first.psql("select a, a + 1 from t order by a") == "1|2\n2|3")
                #expect(try await second.psql("select to_regclass('t') is null") == "t")
            }
        }
    }

    @Test func `a database is dropped with whoever is still connected to it`() async throws {
        let cluster = try await TestDatabase.sharedCluster()
        let name = try await TestDatabase.withDatabase(.empty) { database in
            let session = Task { try await database.psql("select pg_sleep(1000)") }
            try await database.wait(
                until: """
                    exists (select from pg_stat_activity
                    where datname = current_database() and query like 'select pg_sleep(1000)%')
                    """
            )
            _ = session
            return database.name
        }
        #expect(try await cluster.psql(.text("select count(*) from pg_database where datname = '\(name)'")) == "0")
    }

    @Test func `a test can have a cluster of its own to break`() async throws {
        try await TestDatabase.withOwnCluster(.empty) { database in
            try await database.psql("create table t ()")
            try await database.cluster.crash()
            try await database.cluster.start()
            #expect(try await database.psql("select to_regclass('t')") == "t")
        }
    }

    @Test func `many tests at once each get one`() async throws {
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await TestDatabase.withDatabase(.empty) { try await $0.psql("select current_database()") }
                }
            }
            var names: Set<String> = []
            for try await name in group { names.insert(name) }
            #expect(names.count == 20)
        }
    }

    @Test func `a condition that never holds ends in an error that shows it`() async throws {
        try await TestDatabase.withDatabase(.empty) { database in
            let error = await #expect(throws: (any Error).self) {
                try await database.wait(until: "'a' = 'b'", within: .seconds(0))
            }
            #expect("\(error as Any)".contains("in vain for 'a' = 'b'"))
        }
    }
}
