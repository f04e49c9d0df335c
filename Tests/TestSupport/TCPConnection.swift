import NIOCore
import NIOPosix

/// One TCP connection, for a test that writes what no client would.
package final class TCPConnection: Sendable {
    private let channel: any Channel
    private let bytes: Mailbox<[UInt8]>

    private init(channel: any Channel, bytes: Mailbox<[UInt8]>) {
        self.channel = channel
        self.bytes = bytes
    }

    package static func open(port: Int) async throws -> TCPConnection {
        let bytes = Mailbox<[UInt8]>()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(10))
            .channelOption(.allowRemoteHalfClosure, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteHandler(bytes))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .get()
        return TCPConnection(channel: channel, bytes: bytes)
    }

    package func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    package func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// What comes next; nil once the server has closed the connection.
    package func next(within limit: Duration = patience) async throws -> [UInt8]? {
        try await bytes.next("the server's next bytes", within: limit)
    }

    /// Everything up to the end of the connection.
    package func rest(within limit: Duration = patience) async throws -> [UInt8] {
        try await withDeadline("the server to close the connection", within: limit) { [bytes] in
            var all: [UInt8] = []
            while let more = try await bytes.next() { all += more }
            return all
        }
    }

    package func close() async { try? await channel.close() }

    private final class ByteHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let bytes: Mailbox<[UInt8]>

        init(_ bytes: Mailbox<[UInt8]>) { self.bytes = bytes }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes.put(Array(unwrapInboundIn(data).readableBytesView))
        }

        func channelInactive(context: ChannelHandlerContext) { bytes.finish() }

        /// A reset ends it like any other close.
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
