import SeededRandom

/// Strikes with one fault after the other as long as the storm lasts; several may last at the same time.
actor Mischief {
    private let world: World
    private let register: Register
    private let kinds: [FaultKind]
    private let report: @Sendable (String) -> Void
    private var random: SeededRandom
    private var struck: Set<FaultKind.Target> = []
    private var counts: [String: Int] = [:]

    init(
        _ world: World,
        _ register: Register,
        kinds: [FaultKind],
        seed: UInt64,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.world = world
        self.register = register
        self.kinds = kinds
        self.report = report
        random = SeededRandom(seed: seed)
    }

    /// Returns when every fault has been healed.
    ///
    /// - Parameter isHarsh: whether those faults may strike that cost every client a refetch of all.
    func run(_ stage: Stage, isHarsh: Bool) async {
        guard kinds.contains(where: { isHarsh || !$0.isHarsh }) else { return }
        await withTaskGroup(of: Void.self) { group in
            while true {
                await stage.pause(.milliseconds(random.int(400..<1_800)))
                if stage.isCalm || Task.isCancelled { break }
                let fault = choose(isHarsh: isHarsh)
                guard fault.target == .nothing || struck.insert(fault.target).inserted else { continue }
                counts[fault.kind.rawValue, default: 0] += 1
                report("  fault: \(fault.kind.rawValue)\(fault.name.map { " of \($0)" } ?? "")")
                group.addTask { await self.strike(fault, stage) }
            }
        }
    }

    /// Every kind once, in an order of the dice's, before any of its deck again.
    private var mildOrder: [FaultKind] = []
    private var harshOrder: [FaultKind] = []

    private func choose(isHarsh: Bool) -> Fault {
        let mild = kinds.filter { !$0.isHarsh }
        let harsh = kinds.filter(\.isHarsh)
        if mildOrder.isEmpty { mildOrder = mild.shuffled(using: &random) }
        if harshOrder.isEmpty { harshOrder = harsh.shuffled(using: &random) }
        let fromHarsh = isHarsh && !harsh.isEmpty && (mild.isEmpty || random.chance(0.25))
        return Fault(fromHarsh ? harshOrder.removeLast() : mildOrder.removeLast(), &random)
    }

    /// The faults that have not been healed yet.
    private(set) var lasting: [String] = []

    private func strike(_ fault: Fault, _ stage: Stage) async {
        lasting.append(fault.kind.rawValue)
        defer { lasting.firstIndex(of: fault.kind.rawValue).map { _ = lasting.remove(at: $0) } }
        do {
            try await fault.strike(world, register, stage)
        } catch {
            // One fault may well end what another one needs.
            report("  (\(fault.kind.rawValue) ended early: \(String("\(error)".prefix(160))))")
        }
        struck.remove(fault.target)
    }

    func takeCounts() -> [String: Int] {
        defer { counts = [:] }
        return counts
    }
}

extension Fault {
    /// The replica that is struck, where it is one.
    fileprivate var name: String? {
        switch target {
        case .replica, .databaseLink, .clientLink: replica == 0 ? "a" : "b"
        default: nil
        }
    }
}
