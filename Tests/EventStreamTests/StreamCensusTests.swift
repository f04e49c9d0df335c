import Testing

@testable import EventStream

@Suite struct StreamCensusTests {
    @Test func `a user has so many streams and no more`() {
        let census = StreamCensus(streamsPerUser: 2, streams: 100)
        #expect(census.enter("42") == .entered)
        #expect(census.enter("42") == .entered)
        #expect(census.enter("42") == .tooManyOfUser)
        #expect(census.enter("43") == .entered)
        #expect(census.streams == 3)
        #expect(census.users == 2)
    }

    @Test func `a stream that ends makes room for another`() {
        let census = StreamCensus(streamsPerUser: 1, streams: 100)
        #expect(census.enter("42") == .entered)
        census.leave("42")
        #expect(census.users == 0)
        #expect(census.streams == 0)
        #expect(census.enter("42") == .entered)
    }

    @Test func `clients without a session are counted and not limited`() {
        let census = StreamCensus(streamsPerUser: 1, streams: 100)
        for _ in 0..<5 { #expect(census.enter(nil) == .entered) }
        #expect(census.streams == 5)
        #expect(census.users == 0)
        census.leave(nil)
        #expect(census.streams == 4)
    }

    @Test func `whoever waits for the last stream waits for all of them`() async {
        let census = StreamCensus(streamsPerUser: 2, streams: 100)
        await census.empty()
        _ = census.enter("42")
        _ = census.enter(nil)
        let wait = Task { await census.empty() }
        while !census.isAwaited { await Task.yield() }
        census.leave("42")
        #expect(census.isAwaited)
        census.leave(nil)
        #expect(!census.isAwaited)
        await wait.value
    }

    @Test func `a wait for the last stream can be cancelled`() async {
        let census = StreamCensus(streamsPerUser: 2, streams: 100)
        _ = census.enter("42")
        let wait = Task { await census.empty() }
        wait.cancel()
        await wait.value
        #expect(census.streams == 1)
    }

    @Test func `there are no more streams in all than the process may have`() {
        let census = StreamCensus(streamsPerUser: 2, streams: 3)
        for user in ["1", "2", nil] { #expect(census.enter(user) == .entered) }
        #expect(census.enter("3") == .full)
        #expect(census.enter(nil) == .full)
        census.leave("1")
        #expect(census.enter("3") == .entered)
    }

    @Test func `the users with the most streams are told, the most first`() {
        let census = StreamCensus(streamsPerUser: 9, streams: 100)
        for (user, count) in [("a", 1), ("b", 3), ("c", 2), ("d", 3), ("e", 1)] {
            for _ in 0..<count { _ = census.enter(user) }
        }
        #expect(census.busiest(4).map(\.user) == ["b", "d", "c", "a"])
        #expect(census.busiest(4).map(\.streams) == [3, 3, 2, 1])
        #expect(census.busiest(9).count == 5)
    }
}
