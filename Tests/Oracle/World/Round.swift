import TestSupport

/// A storm, a calm, and the judgement.
struct Round: Sendable {
    let number: Int
    let world: World
    let register: Register
    let writers: [Writer]
    let clients: [Client]
    let mischief: Mischief
    let storm: Duration
    let report: @Sendable (String) -> Void

    /// How long all may take to become quiet once the faults are healed.
    private static let limit: Duration = .seconds(90)

    func run() async throws -> Judgement {
        let stage = Stage()
        // Tasks of their own, since what they have recorded is wanted also where they are cancelled.
        let writing = writers.map { writer in Task { await writer.run(stage) } }
        let reading = clients.map { client in Task { await client.run(stage) } }
        // Every other one, so that there are rounds in which hardly anything excuses a miss.
        let striking = Task { await mischief.run(stage, isHarsh: number % 2 == 0) }
        let telling = Task { await tell(stage) }
        @Sendable func cancelAll() {
            for task in writing + [striking, telling] { task.cancel() }
            for task in reading { task.cancel() }
        }
        return try await withTaskCancellationHandler {
            do {
                try await Task.sleep(for: storm)
                stage.beCalm()
                try await end([striking]) { "the faults to be healed: \(await mischief.lasting)" }
                try await world.heal()
                try await ControlFaults(world, register).heal()
                try await end(writing) { "the writers to end" }
                try await world.awaitSilence()
                return try await judge(reading, stage)
            } catch {
                cancelAll()
                throw error
            }
        } onCancel: {
            cancelAll()
        }
    }

    /// Waits for tasks, and not for ever: one that does not even obey cancellation is left to itself.
    private func end(_ tasks: [Task<Void, Never>], _ what: @Sendable () async -> String) async throws {
        let ended = Latch()
        let waiting = Task {
            for task in tasks { await task.value }
            ended.open()
        }
        defer { waiting.cancel() }
        do {
            try await ended.wait("", within: Self.limit)
        } catch is DeadlineExceeded {
            throw DeadlineExceeded(what: await what(), limit: Self.limit)
        }
    }

    private func judge(_ reading: [Task<ClientRecord, Never>], _ stage: Stage) async throws -> Judgement {
        let committed = try await world.committed()
        let (_, end) = try await world.database.snapshotAndPosition()
        stage.end = StreamPosition(end)
        let guide = Task { try await follow(stage) }
        let watchdog = Task {
            try await Task.sleep(for: Self.limit)
            for task in reading { task.cancel() }
        }
        var records: [ClientRecord] = []
        for task in reading { records.append(await task.value) }
        watchdog.cancel()
        guide.cancel()

        let attempts = Attempts(
            register.take().map { attempt in
                var attempt = attempt
                attempt.isCommitted = committed.contains(attempt.number)
                return attempt
            }
        )
        _ = try await world.database.query("truncate ledger")
        var judgement = Judgement()
        judgement.counts.rounds = 1
        judgement.counts.faults = await mischief.takeCounts()
        let checker = Checker(
            attempts,
            revoked: world.sessions.revoked,
            disabled: world.disabled.take(),
            earlier: register.earlier
        )
        judgement.add(checker.judge(records))
        register.remember(attempts.all.filter(\.isCommitted).map(\.xid))
        for record in records where !record.hasArrived { judgement.find(.hang, laggard(record, stage.end)) }
        for replica in world.replicas {
            for crash in replica.takeCrashes() { judgement.find(.crash, crash) }
        }
        return judgement
    }

    /// Until a replica has come back after a crash, the database itself still gives positions of the old timeline.
    private func follow(_ stage: Stage) async throws {
        while true {
            try await Task.sleep(for: .milliseconds(500))
            let (_, text) = try await world.database.snapshotAndPosition()
            if let position = StreamPosition(text), position.timeline != stage.end?.timeline { stage.end = position }
        }
    }

    private func laggard(_ record: ClientRecord, _ end: StreamPosition?) -> String {
        let goal = end.map { "\($0)" } ?? "any position"
        let story = Story(record, record.entries.count - 1, "not at \(goal) \(Self.limit) after the calm").text
        let logs = world.replicas.map { "  replica \($0.name): \($0.log.suffix(6).joined(separator: "\n    "))" }
        return ([story] + logs).joined(separator: "\n")
    }

    /// A line every few seconds, so that nobody takes a long run for a hang.
    private func tell(_ stage: Stage) async {
        let began = Moment.now
        while !stage.isCalm, !Task.isCancelled {
            await stage.pause(.seconds(5))
            report("round \(number), \((Moment.now - began).components.seconds) s: \(register.count) transactions")
        }
    }
}
