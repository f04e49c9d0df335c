import NIOCore
import NIOPosix

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One TCP connection that carries one HTTP/1.1 exchange, with nothing between the test and the bytes.
package final class HTTPConnection: Sendable {
    package struct Options: Sendable {
        /// The kernel's receive buffer in bytes; a small one makes a client that stalls felt early by the server.
        package var receiveBuffer: Int?
        /// Keep every byte that comes in, for ``HTTPConnection/receivedBytes()``.
        package var keepsBytes: Bool
        /// Encrypts; plain where there is none.
        package var trust: TLSTrust?

        package init(receiveBuffer: Int? = nil, keepsBytes: Bool = false, trust: TLSTrust? = nil) {
            self.receiveBuffer = receiveBuffer
            self.keepsBytes = keepsBytes
            self.trust = trust
        }
    }

    private let channel: any Channel
    private let handler: NIOLoopBound<HTTPConnectionHandler>
    private let parts: Mailbox<HTTPResponseParser.Part>

    private init(
        channel: any Channel,
        handler: NIOLoopBound<HTTPConnectionHandler>,
        parts: Mailbox<HTTPResponseParser.Part>
    ) {
        self.channel = channel
        self.handler = handler
        self.parts = parts
    }

    /// - Parameter method: That of the request which will be sent; the response to `HEAD` has no body.
    package static func open(
        host: String = "127.0.0.1",
        port: Int,
        method: String = "GET",
        options: Options = Options()
    ) async throws -> HTTPConnection {
        let parts = Mailbox<HTTPResponseParser.Part>()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let handler = try await loop.submit {
            let handler = HTTPConnectionHandler(method: method, parts: parts, keepsBytes: options.keepsBytes)
            return NIOLoopBound(handler, eventLoop: loop)
        }.get()
        var bootstrap = ClientBootstrap(group: loop).connectTimeout(.seconds(10))
        if let size = options.receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(size))
        }
        let channel = try await bootstrap.channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try options.trust?.addHandlers(to: channel)
                try channel.pipeline.syncOperations.addHandler(handler.value)
            }
        }.connect(host: host, port: port).get()
        return HTTPConnection(channel: channel, handler: handler, parts: parts)
    }

    package func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    package func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    /// The response's next piece; nil after its end.
    package func next(within limit: Duration = patience) async throws -> HTTPResponseParser.Part? {
        try await withDeadline("the next piece of the response", within: limit) { try await self.take() }
    }

    /// As above, for a caller that has a limit of its own around several pieces.
    func take() async throws -> HTTPResponseParser.Part? {
        let part = try await parts.next()
        handler.eventLoopExecute { $0.readerTook() }
        return part
    }

    /// Stops reading from the socket; what has been read already can still be taken.
    package func pause() async throws {
        try await handler.eventLoopSubmit { $0.isPaused = true }
    }

    package func resume() async throws {
        try await handler.eventLoopSubmit { $0.isPaused = false }
    }

    /// Ends our side only: the server reads an end of file, and may go on to write.
    package func finishSending() async throws {
        try await channel.close(mode: .output)
    }

    /// Closes as a browser's tab does (FIN).
    package func close() async {
        try? await channel.close()
    }

    /// Closes as a lost phone does at best (RST): the server's next write fails.
    package func reset() async {
        try? await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try? await channel.close()
    }

    /// All bytes since the connection was made, where ``Options/keepsBytes`` asked for them.
    package func receivedBytes() async throws -> [UInt8] {
        try await handler.eventLoopSubmit { $0.receivedBytes }
    }
}

extension NIOLoopBound {
    fileprivate func eventLoopExecute(_ action: @escaping @Sendable (Value) -> Void) {
        eventLoop.execute { action(self.value) }
    }

    fileprivate func eventLoopSubmit<Result: Sendable>(
        _ action: @escaping @Sendable (Value) -> Result
    ) async throws -> Result {
        try await eventLoop.submit { action(self.value) }.get()
    }
}
