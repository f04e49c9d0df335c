import NIOCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Makes one visit on its channel.
final class Visitor: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let visit: Visit
    private let onEnd: (String?) -> Void
    private var step = 0
    private var isLeaving = false
    private var answer = ByteBuffer()

    /// - Parameter onEnd: told what was wrong with the visit, if anything, once the channel has closed.
    init(_ visit: Visit, onEnd: @escaping (String?) -> Void) {
        self.visit = visit
        self.onEnd = onEnd
    }

    func channelActive(context: ChannelHandlerContext) { goOn(context) }

    /// Takes steps until one has to wait for its answer.
    private func goOn(_ context: ChannelHandlerContext) {
        while step < visit.steps.count {
            context.writeAndFlush(NIOAny(ByteBuffer(string: visit.steps[step].bytes)), promise: nil)
            guard visit.steps[step].answer == nil else { return }
            step += 1
        }
        leave(context)
    }

    private func leave(_ context: ChannelHandlerContext) {
        isLeaving = true
        let channel = context.channel
        switch visit.leaving {
        case _ where visit.isEndedByService: break
        case .close: context.close(promise: nil)
        case .reset:
            let discarding = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            discarding?.whenComplete { _ in channel.close(promise: nil) }
        case .halfClose: context.close(mode: .output, promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isLeaving, let awaited = visit.steps[step].answer else { return }
        var bytes = unwrapInboundIn(data)
        answer.writeBuffer(&bytes)
        guard String(buffer: answer).contains(awaited) else { return }
        answer.clear()
        step += 1
        goOn(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let missing = step < visit.steps.count ? visit.steps[step].answer : nil
        onEnd(missing.map { "\(visit): closed before \($0.debugDescription) came, after: \(String(buffer: answer))" })
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
