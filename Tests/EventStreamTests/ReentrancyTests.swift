import EventStream
import Invalidation
import NIOCore
import NIOEmbedded
import Testing

/// What happens when a write calls back at once, as it does where streams share a connection.
@Suite struct ReentrancyTests {
    /// Runs `action` inside a write, once, as a connection does that fails or drains just then.
    private final class Trap: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        var action: (() -> Void)?

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            context.write(data, promise: promise)
            let action = self.action
            self.action = nil
            action?()
        }
    }

    private let stage: Stage
    private let trap = Trap()

    init() throws { stage = try Stage() }

    /// Clients whose first one has the trap in its pipeline.
    private func clients(_ sessions: [LiveSession]) throws -> [Client] {
        try sessions.enumerated().map { index, session in
            let channel = EmbeddedChannel(handlers: index == 0 ? [trap] : [], loop: stage.loop)
            let client = try stage.open(session, on: channel)
            _ = try client.read()
            return client
        }
    }

    @Test func `another stream that becomes writable inside a write is promised no more than it was told`()
        throws
    {
        let clients = try clients([user("ann"), user("ann")])
        clients[1].setWritable(false)
        try stage.advanced([invalidation("old", scope: "user/ann", xid: 101)], to: 101)
        _ = try clients[0].read()
        trap.action = { clients[1].setWritable(true) }
        try stage.advanced([invalidation("new", scope: "user/ann", xid: 102)], to: 109)
        #expect(
            try clients[1].read() == [
                .invalidate(#"{"tags":[["old"]],"scopes":["user/ann"],"txids":["101"]}"#, id: "k3-101"),
                .invalidate(#"{"tags":[["new"]],"scopes":["user/ann"],"txids":["102"]}"#, id: "k3-109"),
            ]
        )
    }

    @Test func `another stream that becomes writable inside a reset is not promised more than it was told`() throws {
        let clients = try clients([user("ann"), user("ann")])
        clients[1].setWritable(false)
        try stage.advanced([invalidation("old", scope: "user/ann", xid: 101)], to: 101)
        trap.action = { clients[1].setWritable(true) }
        try stage.began(at: 200)
        #expect(try clients[1].read() == [.reset("gap", id: "k3-200")])
    }

    @Test func `a stream that becomes unwritable inside a write keeps its part for later`() throws {
        let clients = try clients([user("ann"), user("ann")])
        trap.action = { clients[1].setWritable(false) }
        try stage.advanced([invalidation("a", scope: "user/ann", xid: 101)], to: 101)
        #expect(try clients[1].readBytes().isEmpty)
        try stage.advanced([invalidation("b", scope: "user/ann", xid: 102)], to: 102)
        clients[1].setWritable(true)
        #expect(try clients[1].read().map(\.id) == ["k3-102"])
    }

    @Test(arguments: 0..<5)
    func `streams that close inside a write leave the others whole`(closing: Int) throws {
        let session = user("ann", scopes: "tenant/a")
        let clients = try clients(Array(repeating: session, count: 5))
        let actions: [() throws -> Void] = [
            { try self.stage.advanced([invalidation("a", scope: "tenant/a", xid: 101)], to: 101) },
            { try self.stage.began(at: 200) },
            {
                self.stage.hub.regrant(session)
                self.stage.loop.run()
            },
            { self.stage.beat() },
        ]
        for (round, action) in actions.enumerated() {
            if round == closing || closing == 4 {
                trap.action = { for client in clients[1...3] { client.disconnect() } }
            }
            try action()
        }
        #expect(try !clients[4].read().isEmpty)
        #expect(stage.hub.census.streams == (closing < 5 ? 2 : 5))
        try stage.advanced([invalidation("b", scope: "tenant/a", xid: 201)], to: 201)
        #expect(try clients[0].read().last?.id == "k3-201")
        #expect(try clients[4].read().last?.id == "k3-201")
    }

    @Test func `a stream that closes inside its own welcome is forgotten`() throws {
        weak var session: LiveSession?
        do {
            let live = user("ann")
            session = live
            let channel = EmbeddedChannel(handlers: [trap], loop: stage.loop)
            trap.action = { channel.close(promise: nil) }
            _ = try stage.open(live, resume: .unknown, on: channel)
        }
        stage.loop.run()
        #expect(stage.hub.census.streams == 0)
        #expect(session == nil)
        try stage.advanced([invalidation("b", scope: "user/ann", xid: 201)], to: 201)
    }

    @Test func `a stream that closes while new grants are told to its sister is forgotten`() throws {
        weak var session: LiveSession?
        do {
            let live = user("ann")
            session = live
            let clients = try clients([live, live])
            clients[1].setWritable(false)
            trap.action = { clients[1].disconnect() }
            stage.hub.regrant(live)
            stage.loop.run()
            clients[0].disconnect()
        }
        trap.action = nil
        stage.loop.run()
        #expect(stage.hub.census.streams == 0)
        #expect(session == nil)
    }

    @Test func `a stream that waits and closes while another one begins is forgotten`() throws {
        weak var session: LiveSession?
        do {
            let live = user("ann")
            session = live
            stage.hub.publish(.began(position: try position(200), floor: 200, entries: []))
            let first = try stage.open(live, on: EmbeddedChannel(handlers: [trap], loop: stage.loop))
            let second = try stage.open(live)
            trap.action = { second.disconnect() }
            stage.loop.run()
            #expect(try first.read().map(\.name) == ["welcome"])
            first.disconnect()
        }
        trap.action = nil
        stage.loop.run()
        #expect(stage.hub.census.streams == 0)
        #expect(session == nil)
    }
}
