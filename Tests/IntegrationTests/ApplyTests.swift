import TestSupport
import Testing
import ThrowawayPostgres

/// CONTRACT.md §3: `apply.sql` brings any database to the newest version.
@Suite(.timeLimit(.minutes(20))) struct ApplyTests {
    @Test func `several that run at once take turns, and one of them does the work`() async throws {
        try await TestDatabase.withDatabase(.empty) { database in
            let outputs = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<4 { group.addTask { try await database.psql(file: Repository.migrations) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let applied = outputs.filter { $0.contains("freshet: applied 0001_schema") }
            #expect(applied.count == 1)
            #expect(outputs.count { $0.isEmpty } == 3)
            let versions = "select count(*) = max(version) from freshet.migration"
            #expect(try await database.psql(versions) == "t")
        }
    }

    @Test func `a failure in the middle leaves what came before it, and is made good by another run`() async throws {
        try await TestDatabase.withDatabase(.empty) { database in
            // A table in the way of the second migration.
            try await database.psql("create schema freshet; create table freshet.event (a int)")
            let error = await #expect(throws: ClusterError.self) {
                try await database.psql(file: Repository.migrations)
            }
            #expect(error?.description.contains("already exists") == true)
            #expect(try await database.psql("select max(version) from freshet.migration") == "1")
            try await database.psql("drop table freshet.event")
            try await database.psql(file: Repository.migrations)
            #expect(try await database.psql("select count(*) = max(version) from freshet.migration") == "t")
        }
    }
}
