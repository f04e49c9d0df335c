import NIOCore
import NIOSSL
import NIOTLS

/// How a client of the tests encrypts.
package struct TLSTrust: Sendable {
    let context: NIOSSLContext

    /// What was agreed on at each handshake (ALPN); empty where nothing was.
    package let agreements = Mailbox<String>()

    /// Adds TLS to a connection's pipeline.
    func addHandlers(to channel: any Channel) throws {
        let tls = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
        try channel.pipeline.syncOperations.addHandlers([tls, AgreementHandler(agreements)])
    }

    private final class AgreementHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let agreements: Mailbox<String>

        init(_ agreements: Mailbox<String>) { self.agreements = agreements }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted(let agreed) = event as? TLSUserEvent { agreements.put(agreed ?? "") }
            context.fireUserInboundEventTriggered(event)
        }
    }
}
