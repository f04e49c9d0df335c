import Foundation
import Testing

@testable import FreshetCommand

@Suite struct FindingTests {
    @Test func `findings stand in columns, and colours only where they are wanted`() {
        let plain = FindingWriter(hasColours: false)
        #expect(plain.line(.ok("migrations", "1 to 6 are applied")) == "ok   migrations        1 to 6 are applied")
        #expect(plain.line(.failed("role", "a\nb")) == "FAIL role              a b")
        #expect(
            FindingWriter(hasColours: true).line(.note("history", "x")).hasPrefix("\u{1B}[33mnote\u{1B}[0m history")
        )
    }

    @Test func `applied migrations are told in ranges`() {
        #expect(
            DatabaseCheck.migrations(applied: [1, 2, 3], expected: [1, 2, 3])
                == .ok("migrations", "1 to 3 are applied")
        )
        #expect(DatabaseCheck.migrations(applied: [1], expected: [1]) == .ok("migrations", "1 is applied"))
    }

    @Test func `missing migrations are named, and what to do`() {
        let finding = DatabaseCheck.migrations(applied: [1, 3], expected: [1, 2, 3, 4, 5])
        #expect(finding.mark == .failed)
        #expect(finding.text.hasPrefix("2, 4, 5 are not applied: run psql"))
    }

    @Test func `a newer database is a note`() {
        let finding = DatabaseCheck.migrations(applied: [1, 2, 3], expected: [1, 2])
        #expect(finding.mark == .note)
        #expect(finding.text.hasPrefix("3 comes from a newer version"))
    }
}

@Suite struct ServerReleaseTests {
    @Test(arguments: [130_022, 140_019, 150_000, 150_014, 160_010, 170_006, 180_000])
    func `a release with a known fault of LISTEN is known`(version: Int) { #expect(DatabaseCheck.loses(version)) }

    @Test(arguments: [130_023, 140_020, 150_015, 150_018, 160_011, 170_007, 180_001, 190_000])
    func `a mended release is not blamed`(version: Int) { #expect(!DatabaseCheck.loses(version)) }
}
