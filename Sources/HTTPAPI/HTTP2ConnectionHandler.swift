import HummingbirdCore
import NIOCore
import NIOHTTP2

/// Stands behind the frames of a connection of HTTP/2 and ends it: when it has had no stream for too long, when the
/// service shuts down, when its client breaks the protocol, and when that client no longer reads.
///
/// SwiftNIO's own handler for this waits for a client's answer without a bound.
final class HTTP2ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// The most streams of one connection at a time: a proxy puts those of many browsers onto one.
    private static let streamLimit = 1_000

    /// How long a client that has been told to go may take to answer.
    private static let lingering = TimeAmount.seconds(5)

    /// How long a client may take nothing at all. Its streams end as `slow` before; but that, and their end itself, would
    /// be kept for it as long as the kernel takes nothing more.
    private static let stallLimit = TimeAmount(RequestChannel.patience) + .seconds(20)

    private var life = ConnectionLife()
    private var context: ChannelHandlerContext?
    private var deadline: Scheduled<Void>?
    private var stall: Scheduled<Void>?
    private let ping = HTTP2PingData(withInteger: .random(in: .min ... .max))

    /// Adds what speaks HTTP/2 at the end of a new connection's pipeline, and this.
    static func addHandlers(to channel: any Channel, _ setup: ConnectionSetup) throws {
        var configuration = NIOHTTP2Handler.Configuration()
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: streamLimit),
            HTTP2Setting(parameter: .maxHeaderListSize, value: ConnectionSetup.headerListLimit),
        ]
        // Browsers that leave a proxy at once are no attack: each of its streams may be reset (the default is 200).
        configuration.stream.streamResetFrameRateLimit.maximumCount = streamLimit
        let handler = HTTP2ConnectionHandler()
        let watch = Watch(handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
        // The streams are not gone through: what becomes of each is decided in its own channel.
        _ = try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
            mode: .server,
            streamDelegate: watch,
            frameDelegate: watch,
            configuration: configuration
        ) { stream in
            stream.eventLoop.makeCompletedFuture { try HTTP2RequestHandler.addHandlers(to: stream, setup) }
        }
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        act(on: .awaitStream)
    }

    func handlerRemoved(context: ChannelHandlerContext) { forget() }

    func channelInactive(context: ChannelHandlerContext) {
        forget()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .ping(ping, ack: true) = unwrapInboundIn(data).payload { heard(.answered) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall?.cancel()
        let channel = context.channel
        stall =
            channel.isWritable
            ? nil
            : channel.eventLoop.scheduleTask(in: Self.stallLimit) { channel.close(mode: .all, promise: nil) }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: heard(.quiesced)
        // Nothing more can be answered to a client that cannot even open its windows.
        case ChannelEvent.inputClosed: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// A fault of one stream has ended that stream, and one of the connection has been told in a GOAWAY, which is heard
    /// of otherwise.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    // MARK: What is decided

    func heard(_ event: ConnectionLife.Event) { act(on: life.handle(event)) }

    private func act(on action: ConnectionLife.Action) {
        guard let context else { return }
        switch action {
        case .none: break
        case .awaitStream: expire(in: .init(RequestChannel.patience), context)
        case .forgetDeadline: deadline?.cancel()
        case .warn:
            context.write(wrapOutboundOut(Self.goaway(after: .maxID)), promise: nil)
            context.write(
                wrapOutboundOut(HTTP2Frame(streamID: .rootStream, payload: .ping(ping, ack: false))),
                promise: nil
            )
            context.flush()
            expire(in: Self.lingering, context)
        case .leave(let last):
            deadline?.cancel()
            context.writeAndFlush(wrapOutboundOut(Self.goaway(after: last)), promise: nil)
        case .close(let last):
            expire(in: Self.lingering, context)
            let channel = context.channel
            // What the streams have written goes before it.
            context.writeAndFlush(wrapOutboundOut(Self.goaway(after: last))).whenComplete { _ in
                channel.close(mode: .all, promise: nil)
            }
        }
    }

    private static func goaway(after last: HTTP2StreamID) -> HTTP2Frame {
        HTTP2Frame(streamID: .rootStream, payload: .goAway(lastStreamID: last, errorCode: .noError, opaqueData: nil))
    }

    private func expire(in time: TimeAmount, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            // One that has been told to go and takes nothing would not take the rest either.
            guard !self.life.isEnding || context.channel.isWritable else { return context.close(promise: nil) }
            self.heard(.expired)
        }
    }

    private func forget() {
        deadline?.cancel()
        stall?.cancel()
        context = nil
    }

    /// Hears from the frames' handler, on the connection's event loop.
    private struct Watch: NIOHTTP2StreamDelegate, NIOHTTP2FrameDelegate {
        let handler: NIOLoopBound<HTTP2ConnectionHandler>

        func streamCreated(_ id: HTTP2StreamID, channel: any Channel) { handler.value.heard(.opened(id)) }

        func streamClosed(_ id: HTTP2StreamID, channel: any Channel) { handler.value.heard(.closed) }

        func wroteFrame(_ frame: HTTP2Frame) {
            guard case .goAway(_, let code, _) = frame.payload, code != .noError else { return }
            let handler = handler
            // Only after that frame has been sent.
            handler.eventLoop.execute { handler.value.context?.close(promise: nil) }
        }
    }
}
