import EventStream
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Stands behind the decoder of every connection of HTTP/1.1 and looks at each request's head: a stream's becomes the
/// hub's, every other one goes on to Hummingbird.
///
/// A connection that only ever streams never gets what Hummingbird needs for requests (the codec, an async channel, a
/// task): those are built when the first ordinary request comes. A browser may also ask for its stream on a connection
/// that has carried requests before; then they are taken down again.
final class StreamRouteHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase {
        /// Between two requests.
        case waiting

        /// The head of a request for a stream has come, its end has not.
        case reading(HTTPRequestHead, bytes: Int)

        /// All of a request for a stream has come, and a request before it is not answered to its end.
        case queued(HTTPRequestHead)

        /// The lookup is under way.
        case deciding

        /// An ordinary request: its parts go on.
        case passing

        /// The connection belongs to the hub, or is closing.
        case done
    }

    private let setup: ConnectionSetup

    private var phase = Phase.waiting
    private var hasRequests = false

    /// Ordinary requests whose response has not been written to its end.
    private var inProgress = 0

    /// By when a new connection must have sent its first head.
    private let headDeadline: Scheduled<Void>

    /// By when a request for a stream must have come to its end, where it did not come at once.
    private var endDeadline: Scheduled<Void>?

    init(_ setup: ConnectionSetup, headDeadline: Scheduled<Void>) {
        self.setup = setup
        self.headDeadline = headDeadline
    }

    /// Adds what speaks HTTP/1.1 at the end of a new connection's pipeline, and this.
    static func addHandlers(to channel: any Channel, _ setup: ConnectionSetup, headDeadline: Scheduled<Void>) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 * 1_024
        limits.maxHeaderListSize = ConnectionSetup.headerListLimit
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)))
        try pipeline.addHandler(StreamRouteHandler(setup, headDeadline: headDeadline))
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        headDeadline.cancel()
        endDeadline?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        headDeadline.cancel()
        endDeadline?.cancel()
        phase = .done
        context.fireChannelInactive()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .reading = phase, endDeadline == nil {
            let channel = context.channel
            endDeadline = context.eventLoop.scheduleTask(in: .init(RequestChannel.patience)) {
                channel.close(mode: .all, promise: nil)
            }
        }
        context.fireChannelReadComplete()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch (phase, part) {
        case (.waiting, .head(let head)):
            headDeadline.cancel()
            if setup.gate.takes(head) {
                phase = .reading(head, bytes: 0)
            } else {
                pass(head, context: context, data: data)
            }
        case (.reading(let head, let bytes), .body(let body)):
            let bytes = bytes + body.readableBytes
            guard bytes <= ConnectionSetup.ignoredBody else { return refuseConnection(context) }
            phase = .reading(head, bytes: bytes)
        case (.reading(let head, _), .end) where inProgress == 0:
            forgetEndDeadline()
            phase = .deciding
            decide(head, context: context)
        case (.reading(let head, _), .end):
            // Also a client that does not pipeline may be so early: it has read the whole body of the answer before
            // Hummingbird has said here that this was the end.
            forgetEndDeadline()
            phase = .queued(head)
        case (.passing, .end):
            phase = .waiting
            context.fireChannelRead(data)
        case (.passing, _):
            context.fireChannelRead(data)
        case (.queued, _), (.deciding, _), (.waiting, _), (.reading, .head), (.done, _):
            refuseConnection(context)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Once the connection is the hub's, what passes here are a stream's bytes.
        if case .done = phase { return context.write(data, promise: promise) }
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        inProgress -= 1
        context.write(data, promise: promise)
        guard inProgress == 0, case .queued(let head) = phase else { return }
        phase = .deciding
        decide(head, context: context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch (phase, event) {
        case (.deciding, ChannelEvent.inputClosed), (.queued, ChannelEvent.inputClosed),
            (.reading, ChannelEvent.inputClosed):
            refuseConnection(context)
        case (.waiting, ChannelEvent.inputClosed) where !hasRequests,
            (.waiting, is ChannelShouldQuiesceEvent) where !hasRequests:
            context.close(promise: nil)
        case (.reading, is ChannelShouldQuiesceEvent), (.queued, is ChannelShouldQuiesceEvent),
            (.deciding, is ChannelShouldQuiesceEvent):
            // It is answered first; the hub begins no stream any more.
            break
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !hasRequests else { return context.fireErrorCaught(error) }
        // What cannot be parsed as HTTP is told so once (RFC 9112 §2.2), and the connection ends.
        if error is HTTPParserError, case .waiting = phase {
            let head = HTTPResponseHead(
                version: .http1_1,
                status: .badRequest,
                headers: ["Connection": "close", "Content-Length": "0"]
            )
            phase = .done
            let channel = context.channel
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
                channel.close(mode: .all, promise: nil)
            }
            return
        }
        refuseConnection(context)
    }

    // MARK: Ordinary requests

    private func pass(_ head: HTTPRequestHead, context: ChannelHandlerContext, data: NIOAny) {
        if !hasRequests {
            do {
                try context.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: setup.tls != nil))
                try setup.addRequests(to: context.channel)
                hasRequests = true
            } catch {
                return refuseConnection(context)
            }
        }
        inProgress += 1
        phase = .passing
        context.fireChannelRead(data)
    }

    private func forgetEndDeadline() {
        endDeadline?.cancel()
        endDeadline = nil
    }

    private func refuseConnection(_ context: ChannelHandlerContext) {
        phase = .done
        context.close(promise: nil)
    }

    // MARK: Streams

    private func decide(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let hasRoom = setup.descriptors.hasRoom(for: context.channel)
        let peer = context.channel.remoteAddress
        setup.gate.decide(head, from: peer, hasRoom: hasRoom, on: context.eventLoop) { [gate = setup.gate] decision in
            // Also an answer that comes at once is acted on after the decoder has returned: it is about to be removed.
            bound.eventLoop.execute {
                let (handler, context) = bound.value
                switch (handler.phase, decision) {
                case (.deciding, .accept(let admission)):
                    handler.take(admission, over: head.version == .http1_1 ? .chunked : .untilClose, context: context)
                case (.deciding, .answer(let answer)):
                    handler.write(answer, to: head, isLast: !head.isKeepAlive || !hasRoom, context: context)
                // The client has gone meanwhile.
                case (_, .accept(let admission)): gate.abandon(admission)
                case (_, .answer): break
                }
            }
        }
    }

    /// Takes the HTTP machinery down and hands the connection over.
    private func take(_ admission: Admission, over framing: Framing, context: ChannelHandlerContext) {
        phase = .done
        let channel = context.channel
        let pipeline = context.pipeline.syncOperations
        let request = admission.request(framing, isPlain: setup.tls == nil, head: admission.head(framing))
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        var removals = [
            removal(of: HTTPResponseEncoder.self, from: pipeline),
            removal(of: ByteToMessageHandler<HTTPRequestDecoder>.self, from: pipeline),
        ]
        if hasRequests { removals.append(removal(of: HTTPConnectionStateHandler.self, from: pipeline)) }
        EventLoopFuture.andAllSucceed(removals, on: context.eventLoop).whenComplete { [gate = setup.gate] _ in
            let (handler, context) = bound.value
            // Hummingbird's task for this connection ends; its handlers stay, behind the stream, and see nothing more.
            if handler.hasRequests { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
            do {
                try gate.open(request, on: channel, after: handler)
                context.pipeline.syncOperations.removeHandler(handler, promise: nil)
            } catch {
                channel.close(mode: .all, promise: nil)
            }
        }
    }

    private func removal<Handler: RemovableChannelHandler>(
        of type: Handler.Type,
        from pipeline: ChannelPipeline.SynchronousOperations
    ) -> EventLoopFuture<Void> {
        do {
            return pipeline.removeHandler(context: try pipeline.context(handlerType: type))
        } catch {
            return pipeline.eventLoop.makeFailedFuture(error)
        }
    }

    /// Writes a whole response, after which the connection can be used again.
    private func write(_ answer: Answer, to request: HTTPRequestHead, isLast: Bool, context: ChannelHandlerContext) {
        var headers = HTTPHeaders(answer.head.headerFields)
        if isLast { headers.replaceOrAdd(name: "Connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: answer.head.status.code)
        let head = HTTPResponseHead(version: request.version, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        let isWritten = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        phase = isLast ? .done : .waiting
        guard isLast else { return }
        let channel = context.channel
        isWritten.whenComplete { _ in channel.close(mode: .all, promise: nil) }
    }
}
