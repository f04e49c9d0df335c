import EventStream
import Invalidation
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// A server on the loopback interface that makes a stream of each connection as soon as it has said anything.
struct StreamServer: Sendable {
    let hub: Hub
    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let sessions: Sessions

    /// The session of each connection, by its remote port.
    fileprivate final class Sessions: Sendable {
        private let waiting = Mutex<[Int: LiveSession]>([:])

        func put(_ session: LiveSession, for port: Int) { waiting.withLock { $0[port] = session } }

        func take(_ port: Int) -> LiveSession? { waiting.withLock { $0.removeValue(forKey: port) } }
    }

    fileprivate init(on group: MultiThreadedEventLoopGroup, isPlain: Bool) async throws {
        let hub = Hub(eventLoops: Array(group.makeIterator()))
        let sessions = Sessions()
        hub.publish(.began(position: try position(100), floor: 100, entries: []))
        listener = try await ServerBootstrap(group: group)
            .childChannelOption(.socketOption(.so_sndbuf), value: 16_384)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Opening(hub: hub, sessions: sessions, isPlain: isPlain)
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        self.group = group
        self.hub = hub
        self.sessions = sessions
    }

    /// - Returns: a connection whose `welcome` has been read, or which reads nothing yet.
    func connect(as session: LiveSession, isReading: Bool = true) async throws -> StreamConnection {
        let port = try #require(listener.localAddress?.port)
        let (bytes, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let channel = try await ClientBootstrap(group: group)
            .channelOption(.autoRead, value: isReading)
            .channelOption(.socketOption(.so_rcvbuf), value: 16_384)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiving(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .get()
        sessions.put(session, for: try #require(channel.localAddress?.port))
        try await channel.writeAndFlush(ByteBuffer(string: "GET"))
        let connection = StreamConnection(channel, bytes)
        if isReading { try #require(try await connection.next()?.name == "welcome") }
        return connection
    }

    func close() async throws { try await listener.close() }

    private final class Opening: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = ByteBuffer

        private let hub: Hub
        private let sessions: Sessions
        private let isPlain: Bool

        init(hub: Hub, sessions: Sessions, isPlain: Bool) {
            self.hub = hub
            self.sessions = sessions
            self.isPlain = isPlain
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let session = context.remoteAddress?.port.flatMap(sessions.take) else { return }
            _ = hub.census.enter(session.session?.userID)
            let request = StreamRequest(
                session: session,
                filter: nil,
                resume: .none,
                framing: .chunked,
                isPlain: isPlain,
                head: ByteBuffer(string: "HEAD\r\n\r\n")
            )
            do {
                try hub.open(request, on: context.channel)
                context.pipeline.syncOperations.removeHandler(self, promise: nil)
            } catch {
                context.close(promise: nil)
            }
        }
    }

    private final class Receiving: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let continuation: AsyncStream<[UInt8]>.Continuation

        init(_ continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(Array(unwrapInboundIn(data).readableBytesView))
        }

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    }
}

/// Runs `body` with a server on two event loops, ends both, and checks that no stream is counted any more.
///
/// - Parameter isPlain: whether its streams may write past their channels.
func withServer(isPlain: Bool, _ body: (StreamServer) async throws -> Void) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let server = try await StreamServer(on: group, isPlain: isPlain)
    let result: Result<Void, any Error>
    do { result = .success(try await body(server)) } catch { result = .failure(error) }
    server.hub.shutDown()
    try await server.close()
    try await group.shutdownGracefully()
    try result.get()
    #expect(server.hub.census.streams == 0)
}

extension Range<Int> {
    /// The results of `body`, one after the other.
    func asyncMap<Result>(_ body: (Int) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for index in self { results.append(try await body(index)) }
        return results
    }
}
