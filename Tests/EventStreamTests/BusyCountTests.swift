import Testing

@testable import EventStream

@Suite struct BusyCountTests {
    @Test func `what occurred in the last minute is counted, and nothing older`() {
        var busy = BusyCount<String>()
        for second in Int64(0)..<100 { busy.note(second < 50 ? "old" : "new", at: second) }
        #expect(busy.busiest(5, at: 99).map(\.key) == ["new", "old"])
        #expect(busy.busiest(5, at: 99).map(\.count) == [50, 10])
        #expect(busy.busiest(5, at: 200).isEmpty)
    }

    @Test func `it forgets what is rare and keeps what is not`() {
        var busy = BusyCount<Int>()
        for key in 0..<100_000 {
            busy.note(key, at: 1)
            busy.note(key % 10, at: 1)
        }
        let busiest = busy.busiest(.max, at: 1)
        #expect(busiest.count <= 2 * BusyCount<Int>.keys)
        #expect(Set(busiest.prefix(10).map(\.key)) == Set(0..<10))
    }

    @Test func `an allowance is so much a second`() {
        var allowance = Allowance(perSecond: 10)
        #expect(allowance.take(7, at: 1) == 7)
        #expect(allowance.take(7, at: 1) == 3)
        #expect(allowance.take(7, at: 1) == 0)
        #expect(allowance.take(7, at: 2) == 7)
    }
}
