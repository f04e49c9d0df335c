import NIOCore
import NIOPosix

/// One side of a TCP connection, byte for byte.
struct Peer {
    let channel: any Channel
    private var input: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator

    private static let configuration = NIOAsyncChannel<ByteBuffer, ByteBuffer>.Configuration(
        isOutboundHalfClosureEnabled: true
    )

    /// On the channel's event loop, as its initialiser.
    static func wrap(_ channel: any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> {
        channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel(wrappingChannelSynchronously: channel, configuration: configuration)
        }
    }

    static func run(
        _ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>,
        _ body: @Sendable (inout Peer) async throws -> Void
    ) async throws {
        try await connection.executeThenClose { input, _ in
            var peer = Peer(channel: connection.channel, input: input.makeAsyncIterator())
            try await body(&peer)
        }
    }

    static func connect(port: Int, _ body: @Sendable (inout Peer) async throws -> Void) async throws {
        let connection = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port, channelInitializer: wrap)
        try await run(connection, body)
    }

    /// The next bytes; nil after an end of file.
    mutating func read() async throws -> [UInt8]? {
        try await input.next().map { Array($0.readableBytesView) }
    }

    /// Exactly so many bytes, or fewer before an end of file.
    mutating func read(_ count: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count, let piece = try await read() { bytes += piece }
        return bytes
    }

    mutating func readText(_ count: Int) async throws -> String {
        String(decoding: try await read(count), as: UTF8.self)
    }

    /// Reads until a request's empty line has come.
    mutating func readRequest() async throws -> String {
        var text = ""
        while !text.contains("\r\n\r\n"), let bytes = try await read() {
            text += String(decoding: bytes, as: UTF8.self)
        }
        return text
    }

    func write(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }
}
