import EventStream
import Invalidation
import NIOCore
import NIOEmbedded
import Testing

/// How streams end, and that nothing of them stays.
@Suite struct ClosingTests {
    @Test func `a client that speaks after its request is closed`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        try client.send("GET / HTTP/1.1\r\n\r\n")
        #expect(!client.isConnected)
        stage.loop.run()
        #expect(stage.hub.census.streams == 0)
    }

    @Test func `a client that closes its half is closed`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        client.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!client.isConnected)
    }

    @Test func `an error of the connection closes it`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        client.channel.pipeline.fireErrorCaught(ChannelError.inputClosed)
        #expect(!client.isConnected)
    }

    @Test func `a stream is counted out once, however it ends`() throws {
        let stage = try Stage()
        let session = user("ann")
        let clients = try (0..<3).map { _ in try stage.welcomed(session) }
        #expect(stage.hub.census.streams == 3)
        #expect(stage.hub.census.users == 1)
        clients[0].disconnect()
        clients[0].disconnect()
        stage.loop.run()
        #expect(stage.hub.census.streams == 2)
        stage.hub.end(session, .expired)
        stage.loop.run()
        stage.loop.advanceTime(by: .seconds(10))
        #expect(stage.hub.census.streams == 0)
        #expect(stage.hub.census.users == 0)
    }

    @Test func `a server that goes away tells each client when to come back`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        client.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        let events = try client.readAll()
        #expect(events.map(\.withoutRetry) == [.goaway("shutdown", id: "k3-100")])
        #expect((1_000...4_000).contains(try #require(events.first?.retry)))
        #expect(client.hasEnded)
        #expect(!client.isConnected)
    }

    @Test func `the end over HTTP/2 is that of the output, and only then the channel is closed`() throws {
        let stage = try Stage()
        let channel = EmbeddedChannel(handler: CloseRecorder(), loop: stage.loop)
        let client = try stage.open(user("ann"), framing: .frames, on: channel)
        #expect(try client.read().map(\.name) == ["welcome"])
        stage.hub.shutDown()
        stage.loop.run()
        #expect(try client.read().last?.data == #"{"reason":"shutdown"}"#)
        let recorder = try channel.pipeline.syncOperations.handler(type: CloseRecorder.self)
        #expect(recorder.modes == [.output])
        // The last frame may wait for the client; it is what the channel is closed after.
        recorder.isWritten?.succeed()
        #expect(recorder.modes == [.output, .all])
    }

    /// Stands where the frames of HTTP/2 are made.
    private final class CloseRecorder: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        private(set) var modes: [CloseMode] = []
        private(set) var isWritten: EventLoopPromise<Void>?

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            modes.append(mode)
            isWritten = isWritten ?? promise
            if mode == .all { context.close(promise: promise) } else { context.flush() }
        }
    }

    @Test func `shutdown ends every stream, those that wait as well`() throws {
        let stage = try Stage()
        let open = try stage.welcomed(user("ann"))
        stage.hub.publish(.began(position: try position(200), floor: 200, entries: []))
        stage.hub.shutDown()
        let waiting = try stage.open(user("bob"))
        stage.loop.run()
        for client in [open, waiting] {
            #expect(try client.read().last?.data == #"{"reason":"shutdown"}"#)
            #expect(client.hasEnded)
            #expect(!client.isConnected)
        }
        #expect(stage.hub.census.streams == 0)
    }

    @Test func `a client that reads nothing for too long is told that it is slow and closed`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        let session = try stage.welcomed(user("bob"))
        client.setWritable(false)
        stage.loop.advanceTime(by: .seconds(59))
        #expect(client.isConnected)
        stage.loop.advanceTime(by: .seconds(16))
        #expect(try client.read() == [.goaway("slow", id: "k3-100")])
        stage.loop.advanceTime(by: .seconds(5))
        #expect(!client.isConnected)
        #expect(session.isConnected)
        #expect(stage.hub.census.streams == 1)
    }

    @Test func `a client that reads a little now and then is not slow`() throws {
        let stage = try Stage()
        let client = try stage.welcomed(user("ann"))
        for _ in 0..<5 {
            client.setWritable(false)
            stage.loop.advanceTime(by: .seconds(50))
            client.setWritable(true)
        }
        #expect(client.isConnected)
    }

    @Test func `a client that does not take its goaway is closed without it`() throws {
        let stage = try Stage()
        let channel = EmbeddedChannel(handlers: [Dam()], loop: stage.loop)
        let session = user("ann")
        let client = try stage.open(session, on: channel)
        stage.hub.end(session, .revoked)
        stage.loop.run()
        #expect(client.isConnected)
        stage.loop.advanceTime(by: .seconds(5))
        #expect(!client.isConnected)
        stage.loop.run()
        #expect(stage.hub.census.streams == 0)
    }

    @Test func `a stream that closes while it waits to begin is forgotten`() throws {
        let stage = try Stage(begins: false)
        weak var session: LiveSession?
        do {
            let live = user("ann")
            session = live
            let client = try stage.open(live)
            client.disconnect()
            let quiesced = try stage.open(live)
            quiesced.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            #expect(try quiesced.read() == [.goaway("shutdown", id: nil)])
        }
        stage.loop.run()
        #expect(session == nil)
        try stage.began(at: 100)
        #expect(stage.hub.census.streams == 0)
    }

    @Test func `nothing of a closed stream is kept`() throws {
        let stage = try Stage()
        weak var session: LiveSession?
        do {
            let live = user("ann", scopes: "tenant/a")
            session = live
            let clients = try (0..<3).map { _ in try stage.welcomed(live) }
            try stage.advanced([invalidation("a", scope: "tenant/a", xid: 101)], to: 101)
            clients[0].disconnect()
            clients[1].setWritable(false)
            stage.hub.regrant(live)
            stage.loop.run()
            stage.hub.end(live, .expired)
        }
        stage.loop.advanceTime(by: .seconds(10))
        #expect(session == nil)
    }
}

/// Takes writes and never lets them go, as a peer does that acknowledges nothing.
final class Dam: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private var promises: [EventLoopPromise<Void>] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if let promise { promises.append(promise) }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        for promise in promises { promise.fail(ChannelError.ioOnClosedChannel) }
        promises = []
        context.close(mode: mode, promise: promise)
    }
}
