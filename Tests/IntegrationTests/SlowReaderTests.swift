import Load
import TestSupport
import Testing

/// A short run; `scripts/stress` runs it at full length.
@Suite(.serialized, .timeLimit(.minutes(20))) struct SlowReaderTests {
    @Test func `streams that hardly read miss nothing, cost no memory, and keep nothing from the others`() async throws
    {
        let report = try await SlowReaders(slow: 15, quick: 150, duration: .seconds(8)).run()
        print("slow readers\n" + report.lines.joined(separator: "\n"))
        for finding in report.findings { Issue.record("\(finding)") }
    }
}
