package import EventStream
import HTTPTypes
package import Hummingbird
import HummingbirdCore
import Invalidation
package import Listener
package import Logging
package import NIOCore
package import ServiceLifecycle
package import SessionAuth

/// The HTTP interface: one table of routes and one set of checks, for streams and for everything else.
package struct API: Sendable {
    private let configuration: APIConfiguration
    private let gate: Gate
    private let hub: Hub
    private let listener: Listener
    private let emitter: Emitter
    private let version: String

    package init(
        _ configuration: APIConfiguration,
        version: String,
        hub: Hub,
        sessions: Sessions,
        listener: Listener,
        emitter: Emitter
    ) {
        self.configuration = configuration
        self.version = version
        self.hub = hub
        self.listener = listener
        self.emitter = emitter
        gate = Gate(configuration, sessions: sessions)
    }

    /// The server of streams and routes.
    ///
    /// - Parameters:
    ///   - tls: what connections are encrypted with; nil for plain ones.
    ///   - eventLoopGroup: the hub's.
    ///   - descriptors: how many connections the process can have.
    ///   - addRoutes: adds routes of the caller's own, beside these and of the same origin.
    ///   - onRunning: called with the port once connections are accepted.
    package func server(
        host: String,
        port: Int,
        tls: TLSIdentity? = nil,
        eventLoopGroup: any EventLoopGroup,
        descriptors: DescriptorLimit,
        logger: Logger,
        addRoutes: (Router<BasicRequestContext>) -> Void = { _ in },
        onRunning: @escaping @Sendable (Int) async -> Void
    ) -> some Service {
        let streams = StreamGate(configuration, gate: gate, hub: hub)
        let router = router()
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

    /// The server of health alone, where an admin port is set.
    package func adminServer(
        host: String,
        port: Int,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) -> some Service {
        let router = Router()
        router.add(middleware: ProblemMiddleware(origins: OriginPolicy(allowed: [])))
        addHealth(to: router)
        return Application(
            router: router,
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: logger
        )
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: ProblemMiddleware(origins: gate.origins))
        let base = router.group(RouterPath(configuration.basePath))
        base.get("status") { request, _ in try await status(request) }
        base.post("invalidate") { request, _ in try await invalidate(request) }
        for path in ["", "sse", "status", "invalidate"] {
            base.on(RouterPath(path), method: .options) { request, _ in try preflight(request) }
        }
        if configuration.servesHealth { addHealth(to: router) }
        return router
    }

    private func addHealth(to router: Router<BasicRequestContext>) {
        router.get("health/live") { _, _ in Self.json(Array(#"{"status":"live"}"#.utf8)) }
        router.get("health/ready") { _, _ in
            let phase = listener.status.phase
            let canLookUp = gate.sessions.isReachable
            let isReady = phase == .live && canLookUp
            let word = isReady ? "ready" : "unready"
            let body = #"{"status":"\#(word)","listener":"\#(phase.rawValue)","sessions":\#(canLookUp)}"#
            return Self.json(Array(body.utf8), status: isReady ? .ok : .serviceUnavailable)
        }
    }

    private func status(_ request: Request) async throws -> Response {
        try await gate.withAdministrator(request.head) { _ in
            let listening = listener.status
            return Self.json(
                ServiceStatus(
                    version: version,
                    streams: hub.census.streams,
                    users: hub.census.users,
                    listener: listening.phase.rawValue,
                    delivery: listening.isPolling ? "poll" : "notify",
                    position: hub.position,
                    roundTripMilliseconds: listening.roundTripMilliseconds
                ).json
            )
        }
    }

    private func invalidate(_ request: Request) async throws -> Response {
        try await gate.withAdministrator(request.head) { _ in
            let bytes = try await request.body.collect(upTo: InvalidateBody.maximumBytes)
            let body = try InvalidateBody(json: Array(bytes.readableBytesView))
            let position: String
            do throws(Emitter.Failure) {
                position = try await emitter.invalidate(body.tags, in: body.scope)
            } catch {
                switch error {
                case .refused(let reason): throw Problem(.badRequest, reason)
                case .unavailable: throw Problem.unavailable
                }
            }
            var json = Array(#"{"position":"#.utf8)
            JSONWriter.append(position, to: &json)
            json.append(UInt8(ascii: "}"))
            return Self.json(json, status: .accepted)
        }
    }

    /// A page of another origin asks whether it may ask (Fetch §4.8).
    private func preflight(_ request: Request) throws(Problem) -> Response {
        try gate.origins.check(request.headers, authority: request.head.authority)
        var fields: HTTPFields = [.allow: "GET, POST, OPTIONS"]
        if let origin = request.headers[.origin], configuration.allowedOrigins.contains(origin) {
            fields[.accessControlAllowMethods] = "GET, POST"
            fields[.accessControlAllowHeaders] = "Authorization, Content-Type, Last-Event-ID"
            fields[.accessControlMaxAge] = "600"
        }
        return Response(status: .noContent, headers: fields)
    }

    private static func json(_ body: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
            body: .init(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}
