import NIOCore
import NIOEmbedded
import NIOHTTP2
import Testing

@testable import HTTPAPI

/// A connection's end on an embedded event loop, whose clock the test makes.
@Suite struct HTTP2ConnectionHandlerTests {
    private let channel: EmbeddedChannel

    init() throws {
        channel = EmbeddedChannel(handler: HTTP2ConnectionHandler())
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    private func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    /// The last stream that the next frame, a GOAWAY without an error, says is answered.
    private func goaway() throws -> HTTP2StreamID? {
        guard case .goAway(let last, .noError, _) = try channel.readOutbound(as: HTTP2Frame.self)?.payload else {
            return nil
        }
        return last
    }

    private func ping() throws -> HTTP2PingData? {
        guard case .ping(let data, ack: false) = try channel.readOutbound(as: HTTP2Frame.self)?.payload else {
            return nil
        }
        return data
    }

    @Test func `a connection without a stream is left after a minute, when its client has answered`() throws {
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(try goaway() == nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(try goaway() == .maxID)
        let ping = try #require(try ping())
        #expect(channel.isActive)
        try channel.writeInbound(HTTP2Frame(streamID: .rootStream, payload: .ping(ping, ack: true)))
        #expect(try goaway() == .rootStream)
        #expect(!channel.isActive)
    }

    @Test func `a ping of anybody else's is no answer`() throws {
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        let ping = HTTP2PingData(withInteger: 7)
        try channel.writeInbound(HTTP2Frame(streamID: .rootStream, payload: .ping(ping, ack: true)))
        #expect(channel.isActive)
    }

    @Test func `a client that does not answer has five seconds`() throws {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        channel.embeddedEventLoop.advanceTime(by: .seconds(4))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test func `a client that takes nothing more is closed, be it told to go or not`() throws {
        setWritable(false)
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(!channel.isActive)
    }

    @Test func `a stall that ends in time is forgotten, one that does not ends the connection`() throws {
        let handler = try channel.pipeline.syncOperations.handler(type: HTTP2ConnectionHandler.self)
        handler.heard(.opened(1))
        setWritable(false)
        channel.embeddedEventLoop.advanceTime(by: .seconds(79))
        setWritable(true)
        channel.embeddedEventLoop.advanceTime(by: .seconds(79))
        #expect(channel.isActive)
        setWritable(false)
        channel.embeddedEventLoop.advanceTime(by: .seconds(80))
        #expect(!channel.isActive)
    }

    @Test func `a client that closes its half is closed`() {
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!channel.isActive)
    }
}
