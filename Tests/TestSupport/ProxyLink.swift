import NIOCore
import NIOPosix

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One connection through a ``TCPProxy``: two channels on one event loop, to which all of this belongs.
final class ProxyLink {
    private let client: ProxyEnd
    private var target: ProxyEnd?

    var isStalled = false {
        didSet { applyReading() }
    }

    /// - Parameter whenOpen: Called when the client's channel can be read from and written to.
    init(client: any Channel, whenOpen: @escaping (ProxyLink) -> Void) throws {
        self.client = ProxyEnd(client)
        try client.pipeline.syncOperations.addHandler(self.client)
        self.client.whenActive = { [weak self] in self.map(whenOpen) }
    }

    func connect(to target: TCPProxy.Target) {
        let loop = client.channel.eventLoop
        let link = NIOLoopBound(self, eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
        let connected =
            switch target {
            case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
            case .socket(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        connected.whenComplete { result in
            switch result {
            case .success(let channel): link.value.join(channel)
            case .failure: link.value.reset()
            }
        }
    }

    private func join(_ channel: any Channel) {
        let target = ProxyEnd(channel)
        do { try channel.pipeline.syncOperations.addHandler(target) } catch { return reset() }
        target.partner = client
        client.partner = target
        self.target = target
        guard client.channel.isActive else { return target.reset() }
        applyReading()
    }

    /// Parts them first: the one that is reset would end the other politely.
    func reset() {
        client.partner = nil
        target?.partner = nil
        client.reset()
        target?.reset()
    }

    func halfClose(_ direction: TCPProxy.Direction) {
        switch direction {
        case .toTarget: target?.end(.output)
        case .toClient: client.end(.output)
        }
    }

    private func applyReading() {
        client.mayRead = target != nil && !isStalled
        target?.mayRead = !isStalled
    }
}

/// One side of a link: what it reads, its partner writes.
final class ProxyEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let channel: any Channel
    weak var partner: ProxyEnd?
    var whenActive: (() -> Void)?

    /// What the proxy allows; reading also waits for the partner to have written what it has.
    var mayRead = false {
        didSet { applyReading() }
    }

    init(_ channel: any Channel) {
        self.channel = channel
    }

    func channelActive(context: ChannelHandlerContext) {
        whenActive.take()?()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        partner?.channel.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        partner?.applyReading()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { partner?.end(.output) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        partner?.end(.all)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let partner = partner.take()
        partner?.partner = nil
        partner?.reset()
        reset()
    }

    /// After everything that it has yet to write: a close overtakes what waits for the socket.
    func end(_ mode: CloseMode) {
        let channel = channel
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(mode: mode, promise: nil) }
    }

    /// RST instead of FIN: the other side's next read or write fails.
    func reset() {
        _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        channel.close(promise: nil)
    }

    private func applyReading() {
        _ = channel.setOption(.autoRead, value: mayRead && partner?.channel.isWritable ?? false)
    }
}
