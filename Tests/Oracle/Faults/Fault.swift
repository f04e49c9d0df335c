import SeededRandom
import TestSupport
import ThrowawayPostgres

/// One fault with all that the dice decided about it.
struct Fault: Sendable {
    let kind: FaultKind
    let replica: Int
    let seed: UInt64

    var target: FaultKind.Target { kind.target(replica) }

    init(_ kind: FaultKind, _ random: inout SeededRandom) {
        self.kind = kind
        replica = random.int(0..<2)
        seed = random.next()
    }

    /// Strikes, waits, and heals; the calm ends the waiting.
    func strike(_ world: World, _ register: Register, _ stage: Stage) async throws {
        var random = SeededRandom(seed: seed)
        switch kind {
        case .terminate: try await ServerFaults(world, stage).terminate(&random)
        case .fast: try await ServerFaults(world, stage).restart(.fast, &random)
        case .immediate: try await ServerFaults(world, stage).restart(.immediate, &random)
        case .crash: try await ServerFaults(world, stage).crash(&random)
        case .promote: try await ServerFaults(world, stage).promote(&random)
        case .idleListener: try await ServerFaults(world, stage).listenIdly(&random)
        case .kill: world.replicas[replica].kill(for: .milliseconds(random.int(0..<1_500)))
        case .freeze:
            world.replicas[replica].freeze()
            await stage.pause(.milliseconds(random.int(1_000..<6_000)))
            world.replicas[replica].thaw()
        case .databaseStall, .databaseDrop, .databaseHalfClose, .databaseSilence, .databaseRefuse:
            try await strike(world.databaseProxies[replica], stage, &random)
        case .clientStall, .clientDrop, .clientHalfClose, .clientSilence, .clientRefuse:
            try await strike(world.clientProxies[replica], stage, &random)
        case .forgery: try await Forger(world, stage).run(&random)
        case .prune, .logOff, .delivery: try await SettingFaults(world, stage).strike(kind, &random)
        case .flood: try await Flood(world, register).run(&random)
        case .clock:
            try world.clock.set(ahead: random.pick([-7_200, -60, -2, 2, 60, 7_200, 4_000_000]))
            await stage.pause(.milliseconds(random.int(500..<4_000)))
            try world.clock.set(ahead: 0)
        case .pause: try await ControlFaults(world, register).pause(stage, &random)
        case .disable: try await ControlFaults(world, register).disable(stage, &random)
        case .revoke: try await world.sessions.replace(random.int(1..<World.users + 1), in: world.database)
        }
    }

    private func strike(_ proxy: TCPProxy, _ stage: Stage, _ random: inout SeededRandom) async throws {
        let duration = Duration.milliseconds(random.int(200..<6_000))
        switch kind {
        case .databaseStall, .clientStall:
            try await proxy.stall()
            await stage.pause(duration)
            try await proxy.resume()
        case .databaseHalfClose, .clientHalfClose:
            try await proxy.halfClose(random.chance(0.5) ? .toTarget : .toClient)
        case .databaseSilence, .clientSilence:
            proxy.answerNothing()
            try await proxy.dropAll()
            await stage.pause(duration)
            try await proxy.resume()
        case .databaseRefuse, .clientRefuse:
            proxy.refuse()
            try await proxy.dropAll()
            await stage.pause(duration)
            try await proxy.resume()
        default: try await proxy.dropAll()
        }
    }
}
