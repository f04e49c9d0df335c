import LibPQ
import SeededRandom
import TestSupport

/// Commits random transactions of its own rows, and says of each beforehand what it has to tell.
actor Writer {
    private let number: Int
    private let database: @Sendable () throws -> ConnectionInfo
    private let register: Register
    private var composer: Composer
    private var random: SeededRandom

    /// The backend of the last connection, which may still be at work on what it was sent.
    private var lastBackend: Int32?
    private var lastRefusal: String?

    /// How long one transaction may take at most; the server's own limits are lower.
    private static let limit: Duration = .seconds(30)

    init(
        number: Int,
        database: @escaping @Sendable () throws -> ConnectionInfo,
        register: Register,
        seed: UInt64
    ) {
        self.number = number
        self.database = database
        self.register = register
        composer = Composer(writer: number)
        random = SeededRandom(seed: seed)
    }

    /// Why a statement was last refused that should not be: an error of the oracle's own.
    var complaint: String? { lastRefusal }

    func run(_ stage: Stage) async {
        while !stage.isCalm, !Task.isCancelled {
            do {
                try await Connection.withConnection(try database()) { connection in
                    try await withDeadline("writer \(self.number) to begin") { try await self.settle(connection) }
                    lastBackend = connection.backendProcessID
                    let incarnation = try await Database.incarnation(connection)
                    var estate = try await load(connection)
                    while !stage.isCalm {
                        let before = estate
                        estate = try await withDeadline("a transaction of writer \(self.number)", within: Self.limit) {
                            try await self.transact(connection, incarnation, before, stage)
                        }
                        await stage.pause(.milliseconds(random.int(0..<50)))
                    }
                }
            } catch {
                await stage.pause(.milliseconds(random.int(20..<300)))
            }
        }
    }

    /// Waits until the backend of the last connection is gone: it might still commit.
    private func settle(_ connection: Connection) async throws {
        guard let lastBackend else { return }
        let question = """
            select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and application_name = 'writer'
            """
        while try await !connection.query(question, [.int(lastBackend)]).isEmpty {
            try await connection.execute("select pg_sleep(0.05)")
        }
    }

    private func load(_ connection: Connection) async throws -> Estate {
        func pairs(_ table: String, _ column: String) async throws -> [Int: Int] {
            let rows = try await connection.query("select id, \(column) from \(table) where writer = \(number)")
            return try rows.reduce(into: [:]) { pairs, row in
                let (id, value) = try row.decode(Int.self, Int.self)
                pairs[id] = value
            }
        }
        return Estate(
            notes: try await pairs("note", "user_id"),
            items: try await pairs("item", "note_id"),
            readings: try await pairs("reading", "user_id")
        )
    }

    /// - Returns: what the writer owns afterwards.
    private func transact(
        _ connection: Connection,
        _ incarnation: Incarnation,
        _ estate: Estate,
        _ stage: Stage
    ) async throws -> Estate {
        let isolation = random.pick(["read committed", "read committed", "repeatable read", "serializable"])
        let isSynchronous = !stage.isCareless && random.chance(0.8)
        let attempt = register.nextNumber()
        let began = Moment.now
        var opening = "begin isolation level \(isolation)"
        if !isSynchronous { opening += "; set local synchronous_commit = off" }
        if random.chance(0.2) { opening += "; set local freshet.origin = 'tab-\(random.int(1..<9))'" }
        try await connection.execute(opening)
        let rows = try await connection.query(
            "insert into ledger (attempt) values ($1) returning pg_current_xact_id()::text",
            [.int(attempt)]
        )
        guard let xid = try rows.first?.decode(at: 0, as: String.self), let xid = UInt64(xid) else { return estate }
        register.add(
            Attempt(
                number: attempt,
                writer: number,
                incarnation: incarnation,
                xid: xid,
                began: began,
                isSynchronous: isSynchronous,
                isolation: isolation
            )
        )
        var draft = Draft(estate)
        do {
            try await work(connection, &draft)
            let finished = draft
            register.change(attempt) {
                $0.told = finished.told; $0.steps = finished.steps
            }
            guard random.chance(0.85) else {
                register.change(attempt) { $0.stage = .rolledBack }
                try await connection.execute("rollback")
                return estate
            }
            register.change(attempt) { $0.stage = .asked }
            try await connection.execute("commit")
            register.change(attempt) { $0.stage = .acknowledged }
            return draft.estate
        } catch let error as PostgresError where Self.isRefusal(error) {
            note(error)
            register.change(attempt) { $0.stage = .rolledBack }
            try await connection.execute("rollback")
            return estate
        }
    }

    /// Whether the server has answered that the transaction failed; after anything else nobody knows.
    private static func isRefusal(_ error: PostgresError) -> Bool {
        error.sqlState.map { !$0.hasPrefix("57P") } ?? false
    }

    private func note(_ error: PostgresError) {
        // Serialization failures, deadlocks, lock timeouts and statement timeouts are what this is for.
        let expected = ["40001", "40P01", "55P03", "57014"]
        if let state = error.sqlState, !expected.contains(state) { lastRefusal = "\(error)" }
    }

    private func work(_ connection: Connection, _ draft: inout Draft) async throws {
        for _ in 0..<random.int(1..<5) {
            if random.chance(0.12), draft.depth < 3 {
                try await connection.execute("savepoint s\(draft.depth)")
                draft.save()
            }
            var estate = draft.estate
            if let step = composer.step(random.pick(StepKind.weighted), on: &estate, &random) {
                _ = try await connection.query(step.sql, step.parameters)
                draft.did(step, estate)
            }
            if draft.depth > 0, random.chance(0.5) {
                let back = random.chance(0.5)
                let name = "s\(draft.depth - 1)"
                try await connection.execute(back ? "rollback to \(name); release \(name)" : "release \(name)")
                if back { draft.rollBack() } else { draft.release() }
            }
            // A long pause inside lets others commit with higher ids meanwhile.
            if random.chance(0.25) {
                try await connection.execute(
                    "select pg_sleep(\(random.chance(0.04) ? 2 : Double(random.int(0..<50)) / 1000))"
                )
            }
        }
        if random.chance(0.01) {
            let step = Composer.truncateStep()
            _ = try await connection.query(step.sql)
            draft.did(step, draft.estate)
        }
    }
}
