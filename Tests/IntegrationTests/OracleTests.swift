import Oracle
import TestSupport
import Testing

/// A short run of the oracle in each mode, with a fixed seed; `scripts/soak` runs it for as long as one likes.
@Suite(.serialized, .timeLimit(.minutes(20))) struct OracleTests {
    @Test(arguments: [Delivery.notify, .poll])
    func `nothing is missed and nothing leaks while faults strike`(delivery: Delivery) async throws {
        try await Turnstile.services.pass {
            let seed: UInt64 = 20_251
            let run = OracleRun(seed: seed, duration: .seconds(24), delivery: delivery)
            let judgement = try await run.run()
            print("oracle, seed \(seed), delivery \(delivery.rawValue)\n\(judgement.counts)")
            for finding in judgement.findings { Issue.record("\(finding.kind.rawValue): \(finding.story)") }
        }
    }
}
