import NIOCore
import NIOEmbedded
import NIOHTTP2
import Testing

@testable import HTTPAPI

/// A stream's bytes as the frames of HTTP/2.
@Suite struct EventFrameHandlerTests {
    private let channel: EmbeddedChannel

    init() throws {
        channel = EmbeddedChannel(handler: EventFrameHandler())
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    private func frame() throws -> (text: String, isLast: Bool)? {
        guard case .data(let data) = try channel.readOutbound(as: HTTP2Frame.FramePayload.self),
            case .byteBuffer(let bytes) = data.data
        else { return nil }
        return (String(buffer: bytes), data.endStream)
    }

    @Test func `each write is a frame, and an empty one is none`() throws {
        try channel.writeOutbound(ByteBuffer(string: "one"))
        try channel.writeOutbound(ByteBuffer())
        try channel.writeOutbound(ByteBuffer(string: "two"))
        #expect(try frame() ?? ("", true) == ("one", false))
        #expect(try frame() ?? ("", true) == ("two", false))
        #expect(try frame() == nil)
    }

    @Test func `the end of the output is a last empty frame, and closes nothing`() throws {
        try channel.writeOutbound(ByteBuffer(string: "bye"))
        try channel.close(mode: .output).wait()
        #expect(try frame() ?? ("", true) == ("bye", false))
        #expect(try frame() ?? ("", false) == ("", true))
        #expect(channel.isActive)
    }

    @Test func `what a client still sends about windows is not for the stream`() throws {
        try channel.writeInbound(HTTP2Frame.FramePayload.windowUpdate(windowSizeIncrement: 9))
        #expect(try channel.readInbound(as: HTTP2Frame.FramePayload.self) == nil)
    }
}
