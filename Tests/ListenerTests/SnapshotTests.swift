import Testing

@testable import Listener

@Suite struct SnapshotTests {
    @Test(arguments: ["100:100:", "100:104:100,102", "1:18446744073709551615:1"])
    func `what PostgreSQL writes is read and written back`(text: String) throws {
        #expect(try #require(Snapshot(text: text)).text == text)
    }

    @Test(arguments: ["", "1", "1:2", "2:1:", "a:2:", "1:2:x", "1:2:3:4", "-1:2:"])
    func `anything else is refused`(text: String) {
        #expect(Snapshot(text: text) == nil)
    }

    @Test func `below a limit only what is below counts as running`() {
        let snapshot = Snapshot(xmin: 100, xmax: 200, running: [100, 150, 180])
        #expect(snapshot.below(160) == Snapshot(xmin: 100, xmax: 160, running: [100, 150]))
        #expect(snapshot.below(90) == Snapshot(xmin: 90, xmax: 90, running: []))
    }
}
