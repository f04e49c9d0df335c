import EventStream
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes
import NIOHTTPTypesHTTP2

/// Looks at the request that opened a stream of HTTP/2: one for the hub's stream becomes that, every other one goes on to
/// Hummingbird.
///
/// Each request has a channel of its own, so what ``StreamRouteHandler`` has to do about the order of requests on a
/// connection does not arise.
final class HTTP2RequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    private enum Phase {
        /// The head has not come yet.
        case waiting

        /// The head of a request for a stream has come, its end has not.
        case reading(HTTPRequest, bytes: Int)

        /// The lookup is under way.
        case deciding

        /// An ordinary request.
        case passing

        /// The channel belongs to the hub, or is closing.
        case done
    }

    private let setup: ConnectionSetup
    private let codec: HTTP2FramePayloadToHTTPServerCodec
    private var phase = Phase.waiting

    /// By when a request for a stream must have come to its end.
    private var deadline: Scheduled<Void>?

    private init(_ setup: ConnectionSetup, codec: HTTP2FramePayloadToHTTPServerCodec) {
        self.setup = setup
        self.codec = codec
    }

    /// Makes the pipeline of a new stream's channel.
    static func addHandlers(to channel: any Channel, _ setup: ConnectionSetup) throws {
        let codec = HTTP2FramePayloadToHTTPServerCodec()
        try channel.pipeline.syncOperations.addHandler(codec)
        try channel.pipeline.syncOperations.addHandler(HTTP2RequestHandler(setup, codec: codec))
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        phase = .done
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch (phase, part) {
        case (.waiting, .head(let request)):
            if setup.gate.takes(request) {
                phase = .reading(request, bytes: 0)
                let channel = context.channel
                deadline = context.eventLoop.scheduleTask(in: .init(RequestChannel.patience)) {
                    channel.close(mode: .all, promise: nil)
                }
            } else {
                pass(data, context: context)
            }
        case (.reading(let request, let bytes), .body(let body)):
            let bytes = bytes + body.readableBytes
            guard bytes <= ConnectionSetup.ignoredBody else { return refuse(context) }
            phase = .reading(request, bytes: bytes)
        case (.reading(let request, _), .end):
            deadline?.cancel()
            phase = .deciding
            decide(request, context: context)
        case (.passing, _):
            context.fireChannelRead(data)
        case (.waiting, _), (.reading, .head), (.deciding, _), (.done, _):
            refuse(context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Whatever has been asked is answered; it is the connection that says goodbye.
        guard !(event is ChannelShouldQuiesceEvent) else { return }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .passing = phase { return context.fireErrorCaught(error) }
        refuse(context)
    }

    private func pass(_ head: NIOAny, context: ChannelHandlerContext) {
        do {
            try setup.addRequests(to: context.channel)
        } catch {
            return refuse(context)
        }
        phase = .passing
        context.fireChannelRead(head)
    }

    private func refuse(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        phase = .done
        context.close(promise: nil)
    }

    // MARK: Streams

    private func decide(_ request: HTTPRequest, context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        setup.gate.decide(request, from: context.channel.remoteAddress, on: context.eventLoop) {
            [gate = setup.gate] decision in
            // Also an answer that comes at once is acted on after the codec has returned: it is about to be removed.
            bound.eventLoop.execute {
                let (handler, context) = bound.value
                switch (handler.phase, decision) {
                case (.deciding, .accept(let admission)): handler.take(admission, context: context)
                case (.deciding, .answer(let answer)): handler.write(answer, context: context)
                // The client has gone meanwhile.
                case (_, .accept(let admission)): gate.abandon(admission)
                case (_, .answer): break
                }
            }
        }
    }

    /// Writes the head of the response, which the hub's first bytes send on its way, and hands the channel over.
    private func take(_ admission: Admission, context: ChannelHandlerContext) {
        phase = .done
        context.write(wrapOutboundOut(.head(admission.response)), promise: nil)
        let channel = context.channel
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.pipeline.syncOperations.removeHandler(codec).whenComplete { [gate = setup.gate] _ in
            let (handler, context) = bound.value
            let pipeline = context.pipeline.syncOperations
            let frames = EventFrameHandler()
            do {
                try pipeline.addHandler(frames, position: .after(handler))
                try gate.open(admission.request(.frames, isPlain: false), on: channel, after: frames)
                pipeline.removeHandler(handler, promise: nil)
            } catch {
                channel.close(mode: .all, promise: nil)
            }
        }
    }

    private func write(_ answer: Answer, context: ChannelHandlerContext) {
        phase = .done
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        context.write(wrapOutboundOut(.body(answer.body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
