import LibPQ
import TestSupport

/// What must not grow from round to round: descriptors, threads and memory of the replicas, and the log.
struct Growth: Sendable {
    private var first: [String: Gauge] = [:]
    private(set) var last: [String: Gauge] = [:]

    /// How long what is closed may take to be gone.
    private static let limit: Duration = .seconds(30)

    /// Looks at both replicas while no client is connected, again and again until all is as in the first round.
    mutating func check(_ world: World) async throws -> [Finding] {
        var findings: [Finding] = []
        for replica in world.replicas {
            let deadline = Moment.now + Self.limit
            while let processID = replica.processID, let now = Gauge(processID: processID) {
                last[replica.name] = now
                guard let before = first[replica.name] else {
                    first[replica.name] = now
                    break
                }
                if now.isNear(before) { break }
                guard Moment.now < deadline else {
                    findings.append(
                        Finding(.growth, "replica \(replica.name) has \(now), and had \(before) after the first round")
                    )
                    break
                }
                try await Task.sleep(for: .milliseconds(250))
            }
        }
        if let finding = try await checkLog(world) { findings.append(finding) }
        return findings
    }

    /// What has outlived `history` has to go, and it is the service that deletes it.
    private func checkLog(_ world: World) async throws -> Finding? {
        _ = try await world.database.query("select freshet.configure('history', '1 second')")
        let deadline = Moment.now + Self.limit
        var rows = 0
        repeat {
            rows = try await world.database.query("select count(*) from freshet.event").first?.decode(at: 0) ?? 0
            if rows == 0 { break }
            try await Task.sleep(for: .milliseconds(250))
        } while Moment.now < deadline
        _ = try await world.database.query("select freshet.configure('history', '1 hour')")
        return rows == 0 ? nil : Finding(.growth, "the log still has \(rows) rows that have outlived its history")
    }
}

extension Gauge {
    /// Whether this is no more than `first`, but for what comes and goes.
    fileprivate func isNear(_ first: Gauge) -> Bool {
        descriptors <= first.descriptors + 12 && threads <= first.threads + 8 && megabytes <= first.megabytes + 160
    }
}
