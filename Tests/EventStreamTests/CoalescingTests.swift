import EventStream
import NIOCore
import NIOEmbedded
import Testing

/// The least interval between two events of one stream (`--coalesce`).
@Suite struct CoalescingTests {
    private let configuration = HubConfiguration(coalescing: .milliseconds(500))

    @Test func `the first of a burst goes at once, and the rest in one when the interval has passed`() throws {
        let stage = try Stage(configuration)
        let client = try stage.welcomed(user("ann"))
        for (xid, tag) in zip(UInt64(101)..., ["a", "b", "c", "b"]) {
            stage.advanced([try invalidation(tag, scope: "user/ann", xid: xid)], to: xid)
        }
        #expect(
            try client.read() == [.invalidate(#"{"tags":[["a"]],"scopes":["user/ann"],"txids":["101"]}"#, id: "k3-101")]
        )
        stage.loop.advanceTime(by: .milliseconds(499))
        #expect(try client.read().isEmpty)
        stage.loop.advanceTime(by: .milliseconds(1))
        #expect(
            try client.read() == [
                .invalidate(#"{"tags":[["b"],["c"]],"scopes":["user/ann"],"txids":["102","103","104"]}"#, id: "k3-104")
            ]
        )
    }

    @Test func `what was told late begins the interval anew, and silence ends it`() throws {
        let stage = try Stage(configuration)
        let client = try stage.welcomed(user("ann"))
        func tell(_ xid: UInt64) throws {
            stage.advanced([try invalidation("a", scope: "user/ann", xid: xid)], to: xid)
        }
        try tell(101)
        try tell(102)
        stage.loop.advanceTime(by: .milliseconds(500))
        #expect(try client.read().map(\.id) == ["k3-101", "k3-102"])
        try tell(103)
        #expect(try client.read().isEmpty)
        stage.loop.advanceTime(by: .milliseconds(500))
        #expect(try client.read().map(\.id) == ["k3-103"])
        stage.loop.advanceTime(by: .milliseconds(500))
        try tell(104)
        #expect(try client.read().map(\.id) == ["k3-104"])
    }

    @Test func `each stream has an interval of its own`() throws {
        let stage = try Stage(configuration)
        let ann = try stage.welcomed(user("ann"))
        let bob = try stage.welcomed(user("bob"))
        stage.advanced([try invalidation("a", scope: "user/ann", xid: 101)], to: 101)
        stage.loop.advanceTime(by: .milliseconds(300))
        stage.advanced([try invalidation("b", scope: "global", xid: 102)], to: 102)
        #expect(try bob.read().map(\.id) == ["k3-102"])
        #expect(try ann.read().map(\.id) == ["k3-101"])
        stage.loop.advanceTime(by: .milliseconds(200))
        #expect(try ann.read().map(\.id) == ["k3-102"])
    }

    @Test func `a heartbeat promises nothing that is kept back`() throws {
        let stage = try Stage(HubConfiguration(coalescing: .seconds(60)))
        let client = try stage.welcomed(user("ann"))
        stage.advanced([try invalidation("a", scope: "global", xid: 101)], to: 101)
        stage.beat()
        #expect(try client.read().map(\.id) == ["k3-101", "k3-101"])
        stage.advanced([try invalidation("b", scope: "global", xid: 102)], to: 102)
        stage.advanced(to: 110)
        stage.beat()
        #expect(try client.read().map(\.id) == ["k3-101"])
        stage.loop.advanceTime(by: .seconds(60))
        #expect(try client.read().last { $0.name == "invalidate" }?.id == "k3-110")
    }

    @Test func `a stream that is held is told nothing when the interval ends`() throws {
        let stage = try Stage(configuration)
        let session = user("ann")
        let client = try stage.welcomed(session)
        stage.advanced([try invalidation("a", scope: "global", xid: 101)], to: 101)
        stage.advanced([try invalidation("b", scope: "global", xid: 102)], to: 102)
        stage.hub.hold([session])
        stage.loop.advanceTime(by: .seconds(1))
        #expect(try client.read().map(\.id) == ["k3-101"])
        stage.hub.release([session])
        stage.loop.run()
        #expect(try client.read().map(\.id) == ["k3-102"])
    }

    @Test func `a stream that ends in the interval is told nothing more`() throws {
        let stage = try Stage(configuration)
        let client = try stage.welcomed(user("ann"))
        stage.advanced([try invalidation("a", scope: "global", xid: 101)], to: 101)
        stage.advanced([try invalidation("b", scope: "global", xid: 102)], to: 102)
        client.disconnect()
        stage.loop.advanceTime(by: .seconds(1))
        #expect(try client.read().map(\.id) == ["k3-101"])
        #expect(stage.hub.census.streams == 0)
    }
}
