import Load
import TestSupport
import Testing

/// A short run; `scripts/stress` runs it at full length.
@Suite(.serialized, .timeLimit(.minutes(20))) struct ChurnTests {
    @Test func `connections that are broken off at any stage leave nothing behind`() async throws {
        let report = try await Churn(cycles: 5_000).run()
        print("churn\n" + report.lines.joined(separator: "\n"))
        for finding in report.findings { Issue.record("\(finding)") }
    }
}
