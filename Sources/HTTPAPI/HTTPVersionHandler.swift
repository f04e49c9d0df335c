import NIOCore
import NIOSSL

/// Reads the first bytes of a connection, which tell what it speaks; makes the pipeline for that, and goes.
///
/// A client that knows that it may speak HTTP/2 begins with a preface (RFC 9113 §3.4). No request of HTTP/1.1 that
/// anybody answers begins so, and the first byte that is another decides, mostly that is the first of all.
final class HTTPVersionHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private let setup: ConnectionSetup

    /// By when the client must have shaken hands and said what it speaks; of HTTP/1.1 it is then the deadline of the first head.
    private let deadline: Scheduled<Void>

    /// The beginning of the preface, where no more has come yet.
    private var beginning = ByteBuffer()

    private init(_ setup: ConnectionSetup, deadline: Scheduled<Void>) {
        self.setup = setup
        self.deadline = deadline
    }

    /// Adds this to a new connection's pipeline, behind TLS where that is on.
    ///
    /// What TLS has agreed on is not asked: it comes to the same, and these are the bytes that count.
    static func add(to channel: any Channel, _ setup: ConnectionSetup) throws {
        let deadline = channel.eventLoop.scheduleTask(in: .init(RequestChannel.patience)) {
            channel.close(mode: .all, promise: nil)
        }
        let pipeline = channel.pipeline.syncOperations
        if let tls = setup.tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls.context)) }
        try pipeline.addHandler(HTTPVersionHandler(setup, deadline: deadline))
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if beginning.readableBytes > 0 {
            beginning.writeBuffer(&bytes)
            bytes = beginning
        }
        let isPreface = bytes.readableBytesView.starts(with: Self.preface)
        guard isPreface || !Self.preface.starts(with: bytes.readableBytesView) else {
            beginning = bytes
            return
        }
        do {
            if isPreface {
                deadline.cancel()
                try HTTP2ConnectionHandler.addHandlers(to: context.channel, setup)
            } else {
                try StreamRouteHandler.addHandlers(to: context.channel, setup, headDeadline: deadline)
            }
        } catch {
            deadline.cancel()
            return context.close(promise: nil)
        }
        context.fireChannelRead(wrapInboundOut(bytes))
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed, is ChannelShouldQuiesceEvent: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
