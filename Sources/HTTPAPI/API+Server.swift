import EventStream
package import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
package import ServiceLifecycle

/// The servers of the service that stands by itself.
extension API {
    /// The server of streams and routes.
    ///
    /// - Parameters:
    ///   - tls: what connections are encrypted with; nil for plain ones.
    ///   - eventLoopGroup: the hub's.
    ///   - descriptors: how many connections the process can have.
    ///   - addRoutes: adds routes of the caller's own, beside these and of the same origin.
    ///   - onRunning: called with the port once connections are accepted.
    package func server<Context: RemoteAddressRequestContext>(
        host: String,
        port: Int,
        tls: TLSIdentity? = nil,
        eventLoopGroup: any EventLoopGroup,
        descriptors: DescriptorLimit,
        logger: Logger,
        addRoutes: (Router<Context>) -> Void = { _ in },
        onRunning: @escaping @Sendable (Int) async -> Void
    ) -> some Service where G == CredentialGate<Context>, Context.Source == ApplicationRequestContextSource {
        let streams = StreamGate(configuration, gate: gate.credentials, hub: hub, refusals: refusals)
        let router = Router(context: Context.self)
        add(to: router)
        if configuration.servesHealth { addHealth(to: router) }
        addRoutes(router)
        return HTTPServer(
            host: host,
            port: port,
            eventLoopGroup: eventLoopGroup,
            gate: streams,
            descriptors: descriptors,
            tls: tls,
            requests: RequestChannel(router.buildResponder(), logger: logger),
            logger: logger,
            onRunning: onRunning
        )
    }

    /// The server of health and metrics alone, where an admin port is set.
    package func adminServer(
        host: String,
        port: Int,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) -> some Service {
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: ProblemMiddleware(origins: OriginPolicy(allowed: []), refusals: refusals))
        addHealth(to: router)
        return Application(
            router: router,
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: logger
        )
    }
}
