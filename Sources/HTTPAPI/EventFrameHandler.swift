import NIOCore
import NIOHTTP2

/// Makes frames of what a stream of the hub writes; the last of them is sent when its output is closed.
final class EventFrameHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = HTTP2Frame.FramePayload

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        // An empty frame is allowed, and is what an attack is made of: some clients count them.
        guard bytes.readableBytes > 0 else {
            promise?.succeed()
            return
        }
        context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(bytes)))), promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        let last = HTTP2Frame.FramePayload.Data(data: .byteBuffer(ByteBuffer()), endStream: true)
        context.writeAndFlush(wrapOutboundOut(.data(last)), promise: promise)
    }

    /// The request has been read to its end: what still comes is about windows and priorities, not for the stream.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
