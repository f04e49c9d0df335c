import EventStream
import Invalidation
import NIOCore
import NIOEmbedded
import Testing

/// Who hears what, and what an id promises (CONTRACT.md §2, §5).
@Suite struct DeliveryTests {
    @Test func `a change reaches the streams of its scope and nobody else`() throws {
        let stage = try Stage()
        let ann = try stage.welcomed(user("ann"))
        let annToo = try stage.welcomed(user("ann"))
        let bob = try stage.welcomed(user("bob"))
        let anyone = try stage.welcomed(LiveSession(nil))
        try stage.advanced([invalidation("todos", scope: "user/ann", xid: 101, origin: "tab")], to: 101)
        let event = ServerEvent.invalidate(
            #"{"tags":[["todos"]],"scopes":["user/ann"],"txids":["101"],"origin":"tab"}"#,
            id: "k3-101"
        )
        #expect(try ann.read() == [event])
        #expect(try annToo.read() == [event])
        #expect(try bob.readBytes().isEmpty)
        #expect(try anyone.readBytes().isEmpty)
    }

    @Test func `of a batch of hundreds each stream is told its own, whoever is told before it`() throws {
        let stage = try Stage()
        let names = (0..<150).map { "user\($0)" }
        let clients = try names.map { try stage.welcomed(user($0)) }
        let filtered = try stage.welcomed(user("user7"), filter: try filter("t/7"))
        // Each user's own twice, far apart in the batch; and what all of them hear at its beginning and its end.
        var batch = [try invalidation("first", scope: "global", xid: 101)]
        for round in 0..<2 {
            for (number, name) in names.enumerated() {
                batch.append(try invalidation("t/\(number)", "round/\(round)", scope: "user/\(name)", xid: 102))
            }
        }
        batch.append(try invalidation("last", scope: "global", xid: 103))
        stage.advanced(batch, to: 103)
        for (number, client) in clients.enumerated() {
            let tags = #"[["first"],["t",\#(number)],["round",0],["round",1],["last"]]"#
            let scopes = #"["global","user/user\#(number)"]"#
            let data = #"{"tags":\#(tags),"scopes":\#(scopes),"txids":["101","102","103"]}"#
            #expect(try client.read() == [.invalidate(data, id: "k3-103")])
        }
        #expect(try filtered.read().map(\.data) == [#"{"tags":[["t",7]],"scopes":["user/user7"],"txids":["102"]}"#])
    }

    @Test func `global reaches everybody, and so does the scope of everyone, which is not named`() throws {
        let stage = try Stage()
        let clients = [try stage.welcomed(user("ann")), try stage.welcomed(LiveSession(nil))]
        try stage.advanced([invalidation("a", scope: "global", xid: 101)], to: 101)
        try stage.advanced([invalidation("b", scope: "*", xid: 102)], to: 102)
        for client in clients {
            #expect(
                try client.read() == [
                    .invalidate(#"{"tags":[["a"]],"scopes":["global"],"txids":["101"]}"#, id: "k3-101"),
                    .invalidate(#"{"tags":[["b"]],"scopes":[],"txids":["102"]}"#, id: "k3-102"),
                ]
            )
        }
    }

    @Test func `an extra scope is heard`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann", scopes: "tenant/acme"))
        try stage.advanced([invalidation("a", scope: "tenant/acme", xid: 101)], to: 101)
        try stage.advanced([invalidation("a", scope: "tenant/other", xid: 102)], to: 102)
        #expect(try client.read().map(\.id) == ["k3-101"])
    }

    @Test func `what a filter keeps out is not told`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"), filter: filter("todo/42"))
        try stage.advanced([invalidation("other", scope: "global", xid: 101)], to: 101)
        try stage.advanced([invalidation("todo", "todos", scope: "global", xid: 102)], to: 102)
        #expect(
            try client.read() == [
                .invalidate(#"{"tags":[["todo"]],"scopes":["global"],"txids":["102"]}"#, id: "k3-102")
            ]
        )
    }

    @Test func `one batch is one event for each stream, of what that one hears`() throws {
        let stage = try Stage()
        let ann = try stage.welcomed(user("ann"))
        let bob = try stage.welcomed(user("bob"))
        try stage.advanced(
            [
                invalidation("a", scope: "user/ann", xid: 101, origin: "x"),
                invalidation("b", scope: "user/bob", xid: 102, origin: "y"),
                invalidation("c", scope: "global", xid: 103, origin: "x"),
                invalidation("a", scope: "user/ann", xid: 101, origin: "x"),
            ],
            to: 101
        )
        #expect(
            try ann.read() == [
                .invalidate(
                    #"{"tags":[["a"],["c"]],"scopes":["user/ann","global"],"txids":["101","103"],"origin":"x"}"#,
                    id: "k3-101"
                )
            ]
        )
        #expect(
            try bob.read() == [
                .invalidate(
                    #"{"tags":[["b"],["c"]],"scopes":["user/bob","global"],"txids":["102","103"]}"#,
                    id: "k3-101"
                )
            ]
        )
    }

    @Test func `what is published while the loop is behind is one event, and does not pass what came between`() throws {
        let stage = try Stage()
        let session = user("ann")
        let client = try stage.welcomed(session)
        func publish(_ xids: ClosedRange<UInt64>) throws {
            for xid in xids {
                stage.hub.publish(.advanced([try invalidation("t/\(xid)", scope: "global", xid: xid)], horizon: xid))
            }
        }
        try publish(101...102)
        stage.hub.hold([session])
        try publish(103...104)
        stage.hub.release([session])
        try publish(105...106)
        stage.loop.run()
        func told(_ first: Int, _ second: Int) -> ServerEvent {
            .invalidate(
                #"{"tags":[["t",\#(first)],["t",\#(second)]],"scopes":["global"],"txids":["\#(first)","\#(second)"]}"#,
                id: "k3-\(second)"
            )
        }
        #expect(try client.read() == [told(101, 102), told(103, 104), told(105, 106)])
    }

    @Test func `a session that was held meanwhile hears nothing that was published after`() throws {
        let stage = try Stage()
        let session = user("ann")
        let client = try stage.welcomed(session)
        stage.hub.publish(.advanced([try invalidation("a", scope: "user/ann", xid: 101)], horizon: 101))
        stage.hub.hold([session])
        stage.hub.publish(.advanced([try invalidation("b", scope: "user/ann", xid: 102)], horizon: 102))
        stage.loop.run()
        #expect(try client.read().map(\.id) == ["k3-101"])
    }

    @Test func `an event is encoded once for all who hear it`() throws {
        let stage = try Stage()
        var clients: [Client] = []
        for index in 0..<50 { clients.append(try stage.welcomed(user("u\(index)"))) }
        try stage.advanced([invalidation("a", scope: "global", xid: 101)], to: 101)
        let addresses = try clients.map { address(try #require(try $0.readBuffer())) }
        #expect(Set(addresses).count == 1)
    }

    @Test func `a heartbeat is encoded once for all streams of a slice, and moves the id of a quiet stream`() throws {
        let stage = try Stage()
        var clients: [Client] = []
        for index in 0..<40 { clients.append(try stage.welcomed(user("u\(index)"))) }
        try stage.advanced([invalidation("a", scope: "user/else", xid: 101)], to: 109)
        stage.beat()
        var addresses: Set<Int> = []
        for client in clients {
            let buffer = try #require(try client.readBuffer())
            #expect(String(buffer: buffer) == "c\r\nid: k3-109\n\n\r\n")
            addresses.insert(address(buffer))
            #expect(try client.readBuffer() == nil)
        }
        #expect(addresses.count <= 16)
    }

    @Test func `every stream gets one heartbeat an interval, whatever the number of streams`() throws {
        for count in [1, 15, 16, 17, 33] {
            let stage = try Stage()
            let clients = try (0..<count).map { try stage.welcomed(user("u\($0)")) }
            for _ in 0..<3 {
                stage.beat()
                for client in clients { #expect(try client.read() == [.beat(id: "k3-100")]) }
            }
        }
    }

    @Test func `a stream that cannot be written to gets all of it in one event, with the newest id, once it can`()
        throws
    {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        let other = try stage.welcomed(user("ann"))
        client.setWritable(false)
        try stage.advanced([invalidation("a", scope: "user/ann", xid: 101)], to: 101)
        try stage.advanced([invalidation("b", scope: "user/ann", xid: 103)], to: 102)
        try stage.advanced([invalidation("x", scope: "user/bob", xid: 104)], to: 105)
        #expect(try client.readBytes().isEmpty)
        #expect(try other.read().count == 2)
        client.setWritable(true)
        #expect(
            try client.read() == [
                .invalidate(#"{"tags":[["a"],["b"]],"scopes":["user/ann"],"txids":["101","103"]}"#, id: "k3-105")
            ]
        )
    }

    @Test func `no heartbeat is added for a client that does not read`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        client.setWritable(false)
        for _ in 0..<3 { stage.beat() }
        #expect(try client.readBytes().isEmpty)
    }

    @Test func `past a thousand tags a client that does not read is told to reset`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        client.setWritable(false)
        for index in UInt64(0)...1_000 {
            try stage.advanced([invalidation("t/\(index)", scope: "user/ann", xid: 101 + index)], to: 101 + index)
        }
        client.setWritable(true)
        #expect(try client.read() == [.reset("overflow", id: "k3-1101")])
    }

    @Test func `anything of a scope is a reset for its hearers`() throws {
        let stage = try Stage()
        let ann = try stage.welcomed(user("ann"), filter: filter("todo"))
        let bob = try stage.welcomed(user("bob"))
        stage.advanced([Invalidation(tags: [], scope: .user("ann"), xid: 101, coversAll: true)], to: 101)
        #expect(try ann.read() == [.reset("overflow", id: "k3-101")])
        #expect(try bob.readBytes().isEmpty)
    }

    @Test func `the id never goes back`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        try stage.advanced([invalidation("a", scope: "global", xid: 109)], to: 105)
        try stage.advanced([invalidation("b", scope: "global", xid: 106)], to: 104)
        stage.beat()
        #expect(try client.read().map(\.id) == ["k3-105", "k3-105", "k3-105"])
    }

    @Test func `after a loss that the log cannot tell every open stream is told to reset`() throws {
        let stage = try Stage()
        let ready = try stage.welcomed(user("ann"))
        let full = try stage.welcomed(user("bob"))
        full.setWritable(false)
        try stage.advanced([invalidation("a", scope: "global", xid: 101)], to: 101)
        #expect(try ready.read().count == 1)
        try stage.began(at: 200)
        #expect(try ready.read() == [.reset("gap", id: "k3-200")])
        full.setWritable(true)
        #expect(try full.read() == [.reset("gap", id: "k3-200")])
        try stage.advanced([invalidation("b", scope: "global", xid: 201)], to: 201)
        #expect(try ready.read().map(\.id) == ["k3-201"])
    }

    @Test func `nothing can be published before a beginning`() throws {
        let stage = try Stage(begins: false)
        #expect(stage.hub.position == nil)
        try stage.advanced([invalidation("a", scope: "global", xid: 101)], to: 101)
        #expect(stage.hub.position == nil)
        try stage.began(at: 100)
        #expect(try stage.hub.position == position(100))
        stage.advanced(to: 120)
        #expect(try stage.hub.position == position(120))
    }
}
