import LibPQ
import SeededRandom

/// What an operator does to a live system.
struct SettingFaults: Sendable {
    private let world: World
    private let stage: Stage

    init(_ world: World, _ stage: Stage) {
        self.world = world
        self.stage = stage
    }

    func strike(_ kind: FaultKind, _ random: inout SeededRandom) async throws {
        switch kind {
        case .prune:
            try await configure("history", "1 second")
            for _ in 0..<random.int(2..<8) {
                await stage.pause(.milliseconds(400))
                _ = try await world.database.query("select freshet.prune(200)")
            }
            try await configure("history", "1 hour")
        case .logOff:
            try await configure("history", "0")
            await stage.pause(.milliseconds(random.int(200..<2_500)))
            try await configure("history", "1 hour")
        default:
            try await configure("delivery", "poll")
            await stage.pause(.milliseconds(random.int(200..<5_000)))
            try await configure("delivery", "notify")
        }
    }

    private func configure(_ name: String, _ value: String) async throws {
        _ = try await world.database.query("select freshet.configure($1, $2)", [.text(name), .text(value)])
    }
}
