import SeededRandom

/// Proves, as far as a run can, that Freshet never misses and never leaks (CONTRACT.md §2).
///
/// Many writers commit random transactions, many clients come and go on two replicas, and faults strike; then all is
/// healed, and each client's record is judged against what has committed. All that is random comes from the seed; when
/// something happens does not, so that the same seed is the same script and not the same play.
package struct OracleRun: Sendable {
    package var seed: UInt64
    package var duration: Duration
    package var delivery = Delivery.notify
    package var faults: [FaultKind]
    package var report: @Sendable (String) -> Void

    private static let writers = 7
    private static let clients = 24
    private static let longestStorm: Duration = .seconds(20)

    /// - Parameter faults: all that can be had in this mode where it is nil.
    package init(
        seed: UInt64,
        duration: Duration,
        delivery: Delivery = .notify,
        faults: [FaultKind]? = nil,
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.seed = seed
        self.duration = duration
        self.delivery = delivery
        self.faults = faults ?? FaultKind.possible(delivery)
        self.report = report
    }

    /// Ends after the first round that found something.
    package func run() async throws -> Judgement {
        try await World.withWorld(delivery) { world in
            let register = Register()
            var seeds = SeededRandom(seed: seed)
            let writers = (1...Self.writers).map {
                Writer(number: $0, database: { try world.application() }, register: register, seed: seeds.next())
            }
            let clients = (0..<Self.clients).map {
                Client(number: $0, user: $0 % World.users + 1, world: world, seed: seeds.next())
            }
            let mischief = Mischief(world, register, kinds: faults, seed: seeds.next(), report: report)
            var judgement = Judgement()
            var growth = Growth()
            // Two rounds at least: growth is what the second has more than the first.
            let rounds = max(2, Int((duration / Self.longestStorm).rounded(.up)))
            for number in 1...rounds {
                let round = Round(
                    number: number,
                    world: world,
                    register: register,
                    writers: writers,
                    clients: clients,
                    mischief: mischief,
                    storm: duration / Double(rounds),
                    report: report
                )
                judgement.add(try await round.run())
                for finding in try await growth.check(world) { judgement.find(finding.kind, finding.story) }
                for writer in writers {
                    if let complaint = await writer.complaint {
                        judgement.find(.vacuous, "a statement of the oracle's own was refused: \(complaint)")
                    }
                }
                report(
                    "round \(number) of \(rounds): \(judgement.counts.committed) committed, \(judgement.counts.told) told; "
                        + growth.last.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "; ")
                )
                if !judgement.findings.isEmpty { break }
            }
            let counts = judgement.counts
            if counts.told == 0 || counts.told * 10 < counts.required || counts.vouched * 10 < counts.required {
                judgement.find(.vacuous, "too little was told, or vouched for, to prove anything")
            }
            for replica in world.replicas { await replica.stop() }
            for replica in world.replicas {
                for crash in replica.takeCrashes() { judgement.find(.crash, crash) }
            }
            return judgement
        }
    }
}
