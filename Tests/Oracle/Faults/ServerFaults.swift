import Foundation
import LibPQ
import SeededRandom
import TestSupport
import ThrowawayPostgres

/// What befalls PostgreSQL itself.
struct ServerFaults: Sendable {
    private let world: World
    private let stage: Stage

    init(_ world: World, _ stage: Stage) {
        self.world = world
        self.stage = stage
    }

    func terminate(_ random: inout SeededRandom) async throws {
        let who = random.pick(["freshet%", "freshet%", "freshet listener", "freshet sessions"])
        _ = try await world.database.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name like $1",
            [.text(who)]
        )
    }

    func restart(_ mode: Cluster.StopMode, _ random: inout SeededRandom) async throws {
        let isCareless = mode == .immediate && random.chance(0.7)
        if isCareless {
            stage.beCareless(true)
            await stage.pause(.milliseconds(random.int(300..<2_000)))
        }
        defer { if isCareless { stage.beCareless(false) } }
        try await world.primary.cluster.stop(mode)
        await stage.pause(.milliseconds(random.int(0..<2_500)))
        try await world.primary.cluster.start()
    }

    /// As the kernel's out-of-memory killer does it.
    func crash(_ random: inout SeededRandom) async throws {
        let isCareless = random.chance(0.7)
        if isCareless {
            stage.beCareless(true)
            await stage.pause(.milliseconds(random.int(300..<2_000)))
        }
        defer { if isCareless { stage.beCareless(false) } }
        let rows = try await world.database.query(
            "select pid from pg_stat_activity where application_name = 'writer' or application_name like 'freshet%' order by pid"
        )
        let victims = try rows.map { try $0.decode(at: 0, as: Int32.self) }
        if !victims.isEmpty { kill(random.pick(victims), SIGKILL) }
    }

    /// A standby takes the primary's place. Replication is asynchronous, so that what was acknowledged may be lost.
    func promote(_ random: inout SeededRandom) async throws {
        let following = Duration.milliseconds(random.int(300..<2_500))
        try await world.primary.failOver {
            await stage.pause(following)
        } retarget: { target in
            for proxy in world.databaseProxies {
                proxy.retarget(target)
                try await proxy.dropAll()
            }
        }
    }

    /// Holds back the notification queue's end, and the horizon.
    func listenIdly(_ random: inout SeededRandom) async throws {
        let pause = Duration.milliseconds(random.int(500..<6_000))
        try await Connection.withConnection(try world.application()) { connection in
            try await connection.execute("listen freshet")
            try await connection.execute("begin")
            try await connection.execute("select pg_current_xact_id()")
            await stage.pause(pause)
            try await connection.execute("rollback")
        }
    }
}
