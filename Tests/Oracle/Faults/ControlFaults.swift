import LibPQ
import SeededRandom
import TestSupport

/// What an administrator does to all replicas: holds everything for a while, or drops a tag.
struct ControlFaults: Sendable {
    private static let writer = 16
    private static let tags = ["note", "notes", "item", "readings", "scrap", "board"]

    private let world: World
    private let register: Register

    init(_ world: World, _ register: Register) {
        self.world = world
        self.register = register
    }

    func pause(_ stage: Stage, _ random: inout SeededRandom) async throws {
        _ = try await world.database.query("select freshet.pause('oracle')")
        await stage.pause(.milliseconds(random.int(200..<4_000)))
        _ = try await world.database.query("select freshet.resume()")
    }

    func disable(_ stage: Stage, _ random: inout SeededRandom) async throws {
        let tag = random.pick(Self.tags)
        world.disabled.open(tag)
        _ = try await world.database.query("select freshet.disable_tags($1)", [.textArray([tag])])
        await stage.pause(.milliseconds(random.int(200..<2_500)))
        try await enable(tag)
    }

    /// Ends what a fault has left: one that was cut short, or one that a promoted standby has not heard the end of.
    func heal() async throws {
        _ = try await world.database.query("select freshet.resume()")
        let rows = try await world.database.query("select tag from freshet.control where name = 'disable'")
        for row in rows {
            let tag = try row.decode(at: 0, as: String.self)
            world.disabled.reopen(tag)
            try await enable(tag)
        }
        for tag in world.disabled.disabled { world.disabled.close(tag) }
    }

    /// Every client has to be told of this transaction as of any other.
    private func enable(_ tag: String) async throws {
        let info = try world.primary.connectionInfo(user: "postgres", name: "operator")
        try await Connection.withConnection(info) { connection in
            try await withDeadline("\(tag) to be enabled") {
                let incarnation = try await Database.incarnation(connection)
                let (number, began) = (register.nextNumber(), Moment.now)
                try await connection.execute("begin")
                let rows = try await connection.query(
                    "insert into ledger (attempt) values ($1) returning pg_current_xact_id()::text",
                    [.int(number)]
                )
                guard let text = try rows.first?.decode(at: 0, as: String.self), let xid = UInt64(text) else { return }
                var attempt = Attempt(
                    number: number,
                    writer: Self.writer,
                    incarnation: incarnation,
                    xid: xid,
                    began: began
                )
                attempt.told = ["*": [tag]]
                attempt.steps = ["enable \(tag)"]
                register.add(attempt)
                _ = try await connection.query("select freshet.enable_tags($1)", [.textArray([tag])])
                register.change(number) { $0.stage = .asked }
                try await connection.execute("commit")
                register.change(number) { $0.stage = .acknowledged }
                world.disabled.close(tag)
            }
        }
    }
}
