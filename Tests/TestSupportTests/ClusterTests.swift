import TestSupport
import Testing
import ThrowawayPostgres

@Suite struct ClusterTests {
    @Test func `a test has a database of its own`() async throws {
        try await TestDatabase.withDatabase(.empty) { first in
            try await TestDatabase.withDatabase(.empty) { second in
                try await first.psql("create table t (a int); insert into t values (1), (2)")
                #expect(try await first.psql("select a, a + 1 from t order by a") == "1|2\n2|3")
                #expect(
                    try await second.psql("select to_regclass('t') is null, current_database()") == "t|\(second.name)"
                )
            }
        }
    }
}
