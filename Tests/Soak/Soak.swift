import ArgumentParser
import Foundation
import Oracle

/// Runs the oracle for as long as one likes.
@main
struct Soak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "Looks for an invalidation that Freshet misses, or tells to the wrong client, while faults strike."
    )

    @Option(help: "How long writers, clients and faults are at work, in minutes.")
    var minutes: Double?

    @Option(help: "The same in seconds.")
    var seconds: Double?

    @Option(help: "Where all that is random comes from. Default: a random one, which is printed.")
    var seed: UInt64 = .random(in: 0...UInt64(UInt32.max))

    @Option(help: "How invalidations come to the service: notify, poll or both.")
    var delivery: Delivery = .notify

    @Option(help: "The faults that strike, separated by commas; \"none\" for none. Default: all that can be had here.")
    var faults: FaultList?

    func run() async throws {
        let duration = Duration.seconds(seconds ?? (minutes ?? 10) * 60)
        let kinds = faults?.kinds ?? FaultKind.possible(delivery)
        let missing = FaultKind.allCases.filter { !FaultKind.possible(delivery).contains($0) }
        say("seed \(seed), delivery \(delivery.rawValue), \(duration)")
        if !missing.isEmpty { say("not to be had here: \(missing.map(\.rawValue).joined(separator: ", "))") }
        let began = ContinuousClock.now
        let run = OracleRun(seed: seed, duration: duration, delivery: delivery, faults: kinds) { line in
            let elapsed = (ContinuousClock.now - began).components.seconds
            say("\(String(repeating: " ", count: max(0, 5 - "\(elapsed)".count)))\(elapsed)s \(line)")
        }
        let judgement = try await run.run()
        for finding in judgement.findings { say("\n\(finding.kind.rawValue.uppercased()): \(finding.story)") }
        say("\n\(judgement.counts)")
        guard judgement.findings.isEmpty else {
            say("\nFAILED. Again with: scripts/soak --seed \(seed) --delivery \(delivery.rawValue)")
            throw ExitCode.failure
        }
    }
}

/// Not `print`, which keeps what goes into a pipe until there is much of it.
private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

extension Delivery: ExpressibleByArgument {}
