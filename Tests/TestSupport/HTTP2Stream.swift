import NIOCore
import NIOHPACK
import NIOHTTP2

/// One request and its response on a connection of HTTP/2.
package final class HTTP2Stream: EventStreamReading {
    /// The server reset the stream instead of ending it.
    package struct Reset: Error, Hashable, CustomStringConvertible {
        package let code: Int

        package var description: String { "the server reset the stream with error code \(code)" }
    }

    /// The server began a stream of its own, which we did not allow.
    struct Pushed: Error {}

    fileprivate enum Part: Sendable {
        case head(HTTPResponseHead)
        case body([UInt8])
    }

    package let head: HTTPResponseHead
    package let record = EventStreamRecord()
    private let channel: any Channel
    private let parts: Mailbox<Part>

    private init(head: HTTPResponseHead, channel: any Channel, parts: Mailbox<Part>) {
        self.head = head
        self.channel = channel
        self.parts = parts
    }

    static func open(
        on multiplexer: NIOHTTP2Handler.StreamMultiplexer,
        _ eventLoop: any EventLoop,
        _ headers: HPACKHeaders,
        body: [UInt8]?
    ) async throws -> HTTP2Stream {
        let parts = Mailbox<Part>()
        let promise = eventLoop.makePromise(of: (any Channel).self)
        multiplexer.createStreamChannel(promise: promise) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(PartHandler(parts))
            }
        }
        let channel = try await promise.futureResult.get()
        let request = HTTP2Frame.FramePayload.Headers(headers: headers, endStream: body == nil)
        try await channel.writeAndFlush(HTTP2Frame.FramePayload.headers(request))
        if let body {
            let data = HTTP2Frame.FramePayload.Data(data: .byteBuffer(ByteBuffer(bytes: body)), endStream: true)
            try await channel.writeAndFlush(HTTP2Frame.FramePayload.data(data))
        }
        guard case .head(let head) = try await parts.next("the head of the response") else {
            throw StreamEnded(seen: [])
        }
        return HTTP2Stream(head: head, channel: channel, parts: parts)
    }

    package func takeBytes() async throws -> [UInt8]? {
        guard case .body(let bytes) = try await parts.next() else { return nil }
        return bytes
    }

    /// The whole body, as text.
    package func text() async throws -> String {
        try await withDeadline("the whole body") { [self] in
            var bytes: [UInt8] = []
            while let more = try await takeBytes() { bytes += more }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Takes nothing more: once the window is full, the server may send nothing more of this stream.
    package func pause() async throws { try await channel.setOption(.autoRead, value: false).get() }

    package func resume() async throws {
        try await channel.setOption(.autoRead, value: true).get()
        channel.read()
    }

    /// Resets the stream, as a browser does whose page is closed.
    package func cancel() async { try? await channel.close() }

    private final class PartHandler: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame.FramePayload

        private let parts: Mailbox<Part>

        init(_ parts: Mailbox<Part>) { self.parts = parts }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .headers(let headers):
                do {
                    let fields = headers.headers.map { HTTPResponseHead.Field(name: $0.name, value: $0.value) }
                    parts.put(.head(try HTTPResponseHead(frame: fields)))
                } catch {
                    parts.finish(throwing: error)
                }
                if headers.endStream { parts.finish() }
            case .data(let data):
                if case .byteBuffer(let bytes) = data.data, bytes.readableBytes > 0 {
                    parts.put(.body(Array(bytes.readableBytesView)))
                }
                if data.endStream { parts.finish() }
            default: break
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            let reset = (error as? NIOHTTP2Errors.StreamClosed).map { Reset(code: $0.errorCode.networkCode) }
            parts.finish(throwing: reset ?? error)
        }

        /// Where this is news, the connection ended before the stream did.
        func channelInactive(context: ChannelHandlerContext) {
            parts.finish(throwing: StreamEnded(seen: []))
        }
    }
}
