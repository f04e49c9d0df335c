import NIOCore

/// A stream that has a channel to itself: the last handler of its pipeline.
final class ChannelOutlet: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let stream: ClientStream
    private var context: ChannelHandlerContext?

    init(_ stream: ClientStream) { self.stream = stream }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        stream.attach(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { didClose() }

    func channelInactive(context: ChannelHandlerContext) {
        didClose()
        context.fireChannelInactive()
    }

    private func didClose() {
        context = nil
        stream.outletDidClose()
    }

    /// A client has nothing to say once its stream has begun; a pipelined request would never be answered.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stream.outletDidChange(isWritable: context.channel.isWritable)
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: context.close(promise: nil)
        case is ChannelShouldQuiesceEvent: stream.outletWillShutDown()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Whatever carried requests on this connection before may finish its half of it; the stream goes on.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all else {
            promise?.succeed()
            return
        }
        context.close(mode: mode, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

extension ChannelOutlet: StreamOutlet {
    var isWritable: Bool { context?.channel.isWritable == true }

    var isActive: Bool { context?.channel.isActive == true }

    var directSocket: DirectSocket? { context.flatMap { DirectSocket($0.channel) } }

    func write(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(bytes), promise: nil) }

    func flush() { context?.flush() }

    func flush(_ whenGone: @escaping () -> Void) {
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenSuccess(whenGone)
    }

    func finish(_ framing: Framing) {
        guard let context else { return }
        let channel = context.channel
        let isWritten =
            switch framing {
            case .chunked, .untilClose, .body: context.writeAndFlush(wrapOutboundOut(framing.terminator))
            case .frames: context.close(mode: .output)
            }
        isWritten.assumeIsolated().whenComplete { _ in channel.close(mode: .all, promise: nil) }
    }

    func close() { context?.close(promise: nil) }
}
