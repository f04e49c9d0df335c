import LibPQ
import SeededRandom
import TestSupport

/// So much for one user that the sockets of those who do not read are full: what cannot be written has to be merged,
/// and may not be dropped.
struct Flood: Sendable {
    static let user = 6
    private static let writer = 15

    private let world: World
    private let register: Register

    init(_ world: World, _ register: Register) {
        self.world = world
        self.register = register
    }

    func run(_ random: inout SeededRandom) async throws {
        let tags = (0..<random.int(20..<80)).map { "flood/\($0)/" + String(repeating: "x", count: 900) }
        let count = random.int(40..<90)
        try await Connection.withConnection(try world.application()) { connection in
            let incarnation = try await withDeadline("the flood") { try await Database.incarnation(connection) }
            for _ in 0..<count {
                try await withDeadline("the flood") { try await commit(tags, connection, incarnation) }
            }
        }
    }

    private func commit(_ tags: [String], _ connection: Connection, _ incarnation: Incarnation) async throws {
        let (number, began) = (register.nextNumber(), Moment.now)
        try await connection.execute("begin")
        let rows = try await connection.query(
            "insert into ledger (attempt) values ($1) returning pg_current_xact_id()::text",
            [.int(number)]
        )
        guard let text = try rows.first?.decode(at: 0, as: String.self), let xid = UInt64(text) else { return }
        var attempt = Attempt(number: number, writer: Self.writer, incarnation: incarnation, xid: xid, began: began)
        attempt.told = ["user/\(Self.user)": Set(tags)]
        attempt.steps = ["flood"]
        register.add(attempt)
        _ = try await connection.query(
            "select freshet.invalidate($1, $2)",
            [.textArray(tags), .text("user/\(Self.user)")]
        )
        register.change(number) { $0.stage = .asked }
        try await connection.execute("commit")
        register.change(number) { $0.stage = .acknowledged }
    }
}
