import LibPQ
import TestSupport
import Testing
import ThrowawayPostgres

/// CONTRACT.md §3: whether a snapshot shows a transaction, which an application waits for before it reads a replica.
@Suite(.timeLimit(.minutes(20))) struct HasSeenTests {
    private static let table = """
        create table note (id int primary key);
        select freshet.watch('note', '{note/:id}', '{user/1}');
        """

    @Test func `the primary has seen a transaction as soon as it has ended, either way`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.psql(Self.table)
            try await database.cluster.withSession(database: database.name) { writer in
                for (note, end) in ["commit", "rollback"].enumerated() {
                    let id = try await writer.beginNote(note)
                    // It sees what it has done itself.
                    try await writer.expect(id, isSeen: true)
                    try await database.cluster.withSession(database: database.name) { reader in
                        try await reader.expect(id, isSeen: false)
                        try await reader.execute("begin isolation level repeatable read")
                        try await reader.expect(id, isSeen: false)
                        try await writer.execute(end)
                        // Its snapshot is from before.
                        try await reader.expect(id, isSeen: false)
                        try await reader.execute("commit")
                        try await reader.expect(id, isSeen: true)
                    }
                }
            }
        }
    }

    @Test func `nobody has seen what is to come, and what is no transaction is named`() async throws {
        try await TestDatabase.withDatabase { database in
            try await database.cluster.withSession(database: database.name) { reader in
                try await reader.expect("18446744073709551615", isSeen: false)
                try await reader.expect("0", isSeen: true)
                try await reader.expect(nil, isSeen: nil)
                for garbage in [
                    "", "x", "1.5", " 7", "0x10", "18446744073709551616", "99999999999999999999", "1\n2", "k-", "-1",
                    "k-1-2",
                ] {
                    let error = await #expect(throws: PostgresError.self) { _ = try await reader.hasSeen(garbage) }
                    let text = "\(error.map { "\($0)" } ?? "nothing")"
                    #expect(text.contains("cannot tell whether \"\(garbage)\""))
                }
            }
        }
    }

    /// A snapshot's lower edge waits for the transactions of every database of the cluster.
    @Test func `a position has been seen where all below it has`() async throws {
        try await TestDatabase.withOwnCluster { database in
            try await database.psql(Self.table)
            try await database.cluster.withSession(database: database.name) { writer in
                let id = try await writer.beginNote(1)
                try await database.cluster.withSession(database: database.name) { reader in
                    let before = try await reader.notesAndPosition().position
                    let timeline = before.prefix { $0 != "-" }
                    try await reader.expect(before, isSeen: true)
                    try await reader.expect("\(timeline)-\(id)", isSeen: true)
                    let next = "\(timeline)-\((UInt64(id) ?? 0) + 1)"
                    try await reader.expect(next, isSeen: false)
                    try await writer.execute("commit")
                    try await reader.expect(next, isSeen: true)
                    try await reader.expect("k0-1", isSeen: false)
                }
            }
        }
    }

    /// Any role may ask: the application's is one that Freshet does not know.
    @Test func `an application's role may ask, and can read no log by it`() async throws {
        try await TestDatabase.withDatabase { database in
            let role = "app_\(database.name)"
            try await database.psql("create role \(role) login")
            let seen = try await database.psql("set role \(role); select freshet.has_seen('3')")
            #expect(seen.contains("t"))
            await #expect(throws: (any Error).self) {
                try await database.psql("set role \(role); select count(*) from freshet.event")
            }
        }
    }

    @Test(arguments: ["1 hour", "0"])
    func `a replica has seen a transaction when it shows its rows, and not before`(history: String) async throws {
        try await Replicated.withReplicas { replicated in
            let (primary, standby) = (replicated.primary, replicated.standby)
            try await primary.psql(.text("select freshet.configure('history', '\(history)')"))
            try await primary.withSession { older in
                // As long as this runs, no snapshot is past it.
                try await older.execute("begin")
                let oldest = try await older.beginNote(1, isBegun: true)
                try await standby.catchUp(with: primary)
                try await standby.pauseReplay()
                let (first, second) = try await primary.withSession { writer in
                    let first = try await writer.beginNote(2)
                    try await writer.execute("commit")
                    let second = try await writer.beginNote(3)
                    try await writer.execute("rollback")
                    return (first, second)
                }
                try await standby.withSession { reader in
                    for id in [oldest, first, second] { try await reader.expect(id, isSeen: false) }
                    try await reader.expect(notes: 0)
                    try await reader.execute("begin isolation level repeatable read")
                    try await reader.expect(first, isSeen: false)
                    try await standby.psql(.text("select pg_wal_replay_resume()"))
                    try await standby.catchUp(with: primary)
                    try await reader.expect(first, isSeen: false)
                    try await reader.expect(notes: 0)
                    try await reader.execute("commit")
                    try await reader.expect(first, isSeen: true)
                    try await reader.expect(notes: 1)
                    try await reader.expect(oldest, isSeen: false)
                    // It has left nothing to see; without a log its status tells.
                    try await reader.expect(second, isSeen: (history == "0"))
                    try await older.execute("commit")
                    try await standby.catchUp(with: primary)
                    for id in [oldest, first, second] { try await reader.expect(id, isSeen: true) }
                    try await reader.expect(notes: 2)
                }
            }
        }
    }
}

extension Connection {
    /// Begins a transaction that adds a note, and gives its id.
    fileprivate nonisolated(nonsending) func beginNote(_ id: Int, isBegun: Bool = false) async throws -> String {
        if !isBegun { try await execute("begin") }
        try await execute("insert into note values (\(id))")
        return try await query("select pg_current_xact_id()::text")[0].decode(at: 0)
    }

    fileprivate nonisolated(nonsending) func expect(
        _ id: String?,
        isSeen: Bool?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let seen = try await hasSeen(id)
        #expect(seen == isSeen, "transaction \(id ?? "null")", sourceLocation: sourceLocation)
    }

    fileprivate nonisolated(nonsending) func expect(
        notes: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let count = try await notesAndPosition().count
        #expect(count == notes, sourceLocation: sourceLocation)
    }

    fileprivate nonisolated(nonsending) func hasSeen(_ id: String?) async throws -> Bool? {
        try await query("select freshet.has_seen($1)", [.text(id)])[0].decode(at: 0)
    }
}
