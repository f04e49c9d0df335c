import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix

/// One TCP connection that speaks HTTP/2 from its first byte, with any number of streams.
package final class HTTP2Connection: Sendable {
    /// A GOAWAY of the server's (RFC 9113 §6.8).
    package struct Goaway: Sendable, Hashable {
        package let lastStream: Int
        package let isError: Bool
    }

    private let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer
    private let port: Int

    /// What the server says of the connection's end; it ends with the connection.
    package let goaways: Mailbox<Goaway>

    private init(
        channel: any Channel,
        multiplexer: NIOHTTP2Handler.StreamMultiplexer,
        port: Int,
        goaways: Mailbox<Goaway>
    ) {
        self.channel = channel
        self.multiplexer = multiplexer
        self.port = port
        self.goaways = goaways
    }

    /// Connects, and closes when `body` has ended.
    ///
    /// - Parameters:
    ///   - window: How many bytes of a stream the server may send before we have taken any.
    ///   - trust: Encrypts; plain where there is none.
    @discardableResult
    package static func withConnection<Result>(
        port: Int,
        window: Int = 65_535,
        trust: TLSTrust? = nil,
        _ body: (HTTP2Connection) async throws -> Result
    ) async throws -> Result {
        let connection = try await open(port: port, window: window, trust)
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }

    private static func open(port: Int, window: Int, _ trust: TLSTrust?) async throws -> HTTP2Connection {
        let goaways = Mailbox<Goaway>()
        let isSettled = Latch()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(10))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try trust?.addHandlers(to: channel)
                    try addHandlers(to: channel, window: window, RootHandler(goaways, isSettled))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .get()
        let multiplexer = try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: NIOHTTP2Handler.self).syncMultiplexer()
        }.get()
        // A stream that was opened before has another window.
        try await isSettled.wait("the server to take our settings")
        return HTTP2Connection(channel: channel, multiplexer: multiplexer, port: port, goaways: goaways)
    }

    private static func addHandlers(to channel: any Channel, window: Int, _ root: RootHandler) throws {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [HTTP2Setting(parameter: .initialWindowSize, value: window)]
        var streams = NIOHTTP2Handler.StreamConfiguration()
        streams.targetWindowSize = window
        let handler = NIOHTTP2Handler(
            mode: .client,
            eventLoop: channel.eventLoop,
            connectionConfiguration: connection,
            streamConfiguration: streams
        ) { pushed in
            pushed.eventLoop.makeFailedFuture(HTTP2Stream.Pushed())
        }
        try channel.pipeline.syncOperations.addHandlers([handler, root])
    }

    /// Sends a request on a stream of its own and waits for the response's head, whatever its status is.
    package func send(_ request: TestRequest) async throws -> HTTP2Stream {
        var headers = HPACKHeaders([
            (":method", request.method), (":scheme", "http"), (":authority", "127.0.0.1:\(port)"),
            (":path", request.target),
        ])
        for field in request.fields { headers.add(name: field.name.lowercased(), value: field.value) }
        return try await HTTP2Stream.open(on: multiplexer, channel.eventLoop, headers, body: request.body)
    }

    /// Closes with FIN, without a word.
    package func close() async { try? await channel.close() }

    /// Whether the server has closed the connection.
    package func closed(within limit: Duration = patience) async throws {
        let closing = channel.closeFuture
        try await withDeadline("the server to close the connection", within: limit) {
            let ended = Latch()
            closing.whenComplete { _ in ended.open() }
            try await ended.wait()
        }
    }

    /// Stops reading from the socket, so that the kernel's buffers fill up.
    package func pause() async throws { try await channel.setOption(.autoRead, value: false).get() }

    package func resume() async throws {
        try await channel.setOption(.autoRead, value: true).get()
        channel.read()
    }

    /// Hears what concerns the whole connection.
    private final class RootHandler: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame

        private let goaways: Mailbox<Goaway>

        private let isSettled: Latch

        init(_ goaways: Mailbox<Goaway>, _ isSettled: Latch) {
            self.goaways = goaways
            self.isSettled = isSettled
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data).payload {
            case .settings(.ack): isSettled.open()
            case .goAway(let last, let code, _):
                goaways.put(Goaway(lastStream: Int(last), isError: code != .noError))
            default: break
            }
        }

        func channelInactive(context: ChannelHandlerContext) { goaways.finish() }

        /// Each stream hears of its own errors.
        func errorCaught(context: ChannelHandlerContext, error: any Error) {}
    }
}
