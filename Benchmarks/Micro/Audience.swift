import EventStream
import Invalidation
import NIOCore
import NIOEmbedded

/// A hub with so many streams, each of a user of its own, on one embedded event loop and embedded channels.
final class Audience {
    private let loop = EmbeddedEventLoop()
    private let hub: Hub
    private var horizon: UInt64 = 1
    private var channels: [EmbeddedChannel] = []

    init(_ count: Int) throws {
        hub = Hub(eventLoops: [loop])
        hub.publish(.began(position: try Sample.position(1), floor: 1, entries: []))
        loop.run()
        for user in 0..<count { try open(LiveSession(Session(userID: "\(user)"))) }
        loop.run()
    }

    private func open(_ session: LiveSession) throws {
        let channel = EmbeddedChannel(handler: Drain(), loop: loop)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        _ = hub.census.enter(session.session?.userID)
        let request = StreamRequest(
            session: session,
            filter: nil,
            resume: .none,
            framing: .chunked,
            head: ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n")
        )
        try hub.open(request, on: channel)
        channels.append(channel)
    }

    func publish(_ batch: [Invalidation]) {
        horizon += 1
        hub.publish(.advanced(batch, horizon: horizon))
        loop.run()
    }
}

/// Takes what is written, as the kernel would: an embedded channel keeps it for a reader.
private final class Drain: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        promise?.succeed()
    }
}
