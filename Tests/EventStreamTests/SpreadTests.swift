import EventStream
import Testing

/// How long a client may wait before it refetches (`spread`, CONTRACT.md §5).
@Suite struct SpreadTests {
    private func audience(_ count: Int, on stage: Stage) throws -> [Client] {
        try (0..<count).map { try stage.welcomed(user("\($0)", scopes: "tenant/a")) }
    }

    @Test func `few refetch at once, many over as long as 2,000 a second take`() throws {
        for (count, spread) in [(199, nil), (200, 100), (260, 130)] as [(Int, Int?)] {
            let stage = try Stage()
            let clients = try audience(count, on: stage)
            stage.advanced([try invalidation("a", scope: "tenant/a", xid: 101)], to: 101)
            let more = spread.map { #","spread":\#($0)"# } ?? ""
            let event = ServerEvent.invalidate(
                #"{"tags":[["a"]],"scopes":["tenant/a"],"txids":["101"]\#(more)}"#,
                id: "k3-101"
            )
            for client in clients { #expect(try client.read() == [event]) }
        }
    }

    @Test func `those who have left do not count`() throws {
        let stage = try Stage()
        let clients = try audience(210, on: stage)
        for client in clients.prefix(11) { client.disconnect() }
        stage.advanced([try invalidation("a", scope: "tenant/a", xid: 101)], to: 101)
        #expect(try clients[11].read().first?.data?.contains("spread") == false)
    }

    @Test func `a user's own event does not wait, and one that tells of both does`() throws {
        let stage = try Stage()
        let clients = try audience(200, on: stage)
        stage.advanced([try invalidation("own", scope: "user/0", xid: 101)], to: 101)
        #expect(try clients[0].read().first?.data?.contains("spread") == false)
        stage.advanced(
            [try invalidation("own", scope: "user/0", xid: 102), try invalidation("all", scope: "*", xid: 102)],
            to: 102
        )
        #expect(try clients[0].read().first?.data?.contains(#""spread":100"#) == true)
    }

    @Test func `what was kept for a slow client says so, too`() throws {
        let stage = try Stage()
        let clients = try audience(200, on: stage)
        clients[0].setWritable(false)
        stage.advanced([try invalidation("a", scope: "*", xid: 101)], to: 101)
        clients[0].setWritable(true)
        #expect(try clients[0].read().first?.data?.contains(#""spread":100"#) == true)
    }

    @Test func `a gap resets all, but not at once`() throws {
        let stage = try Stage()
        let clients = try audience(200, on: stage)
        try stage.began(at: 200)
        #expect(try clients[0].read().first?.data == #"{"reason":"gap","spread":100}"#)
    }
}
