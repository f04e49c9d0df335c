package import EventStream
import HTTPTypes
package import Hummingbird
import HummingbirdCore
import Invalidation
package import Listener
package import Logging
package import Metrics
package import NIOCore
package import ServiceLifecycle
package import SessionAuth

/// The HTTP interface: one table of routes and one set of checks, for streams and for everything else.
package struct API: Sendable {
    private let configuration: APIConfiguration
    let gate: Gate
    let audit: Audit
    let hub: Hub
    private let listener: Listener
    let commands: Commands
    private let version: String
    private let refusals: RefusalMetrics
    private let metricsText: @Sendable () -> [UInt8]
    let metricsJSON: @Sendable () -> [UInt8]
    let page: OperatorPage
    private let client: ClientFiles

    package init(
        _ configuration: APIConfiguration,
        version: String,
        hub: Hub,
        sessions: Sessions,
        listener: Listener,
        commands: Commands,
        logger: Logger,
        metrics: any MetricsFactory,
        metricsText: @escaping @Sendable () -> [UInt8],
        metricsJSON: @escaping @Sendable () -> [UInt8],
        page: OperatorPage,
        client: ClientFiles
    ) {
        refusals = RefusalMetrics(factory: metrics)
        self.metricsText = metricsText
        self.metricsJSON = metricsJSON
        self.page = page
        self.client = client
        self.configuration = configuration
        self.version = version
        self.hub = hub
        self.listener = listener
        self.commands = commands
        audit = Audit(logger: logger)
        gate = Gate(configuration, sessions: sessions, audit: audit)
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
        addRoutes: (Router<ClientContext>) -> Void = { _ in },
        onRunning: @escaping @Sendable (Int) async -> Void
    ) -> some Service {
        let streams = StreamGate(configuration, gate: gate, hub: hub, refusals: refusals)
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

    /// The server of health and metrics alone, where an admin port is set.
    package func adminServer(
        host: String,
        port: Int,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) -> some Service {
        let router = Router(context: ClientContext.self)
        router.add(middleware: ProblemMiddleware(origins: OriginPolicy(allowed: []), refusals: refusals))
        addHealth(to: router)
        return Application(
            router: router,
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: logger
        )
    }

    private func router() -> Router<ClientContext> {
        let router = Router(context: ClientContext.self)
        router.add(middleware: ProblemMiddleware(origins: gate.origins, refusals: refusals))
        let base = router.group(RouterPath(configuration.basePath))
        base.get("session") { request, context in try await whoAsks(request, context) }
        base.get("status") { request, context in try await status(request, context) }
        base.post("invalidate") { request, context in try await invalidate(request, context) }
        addControls(to: base)
        addOperator(to: base)
        client.add(to: base)
        let paths = [
            "", "sse", "session", "status", "invalidate", "pause", "resume", "tags/disable", "tags/enable", "admin",
            "admin/events", "admin/audience", "admin/end",
        ]
        for path in paths {
            base.on(RouterPath(path), method: .options) { request, _ in try preflight(request) }
        }
        if configuration.servesHealth { addHealth(to: router) }
        return router
    }

    private func addHealth(to router: Router<ClientContext>) {
        router.get("metrics") { _, _ in metrics() }
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

    private func metrics() -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: metricsText()))
        )
    }

    /// Whose session a browser's cookie is now, in the words of the `welcome` of its stream.
    private func whoAsks(_ request: Request, _ context: ClientContext) async throws -> Response {
        try await gate.withSession(request.head, from: context.peer) { live in
            var json = JSONObject()
            json.set("user", live.session?.userID)
            json.set("scopes", live.grants.scopes.map(\.text))
            return Self.json(json.bytes)
        }
    }

    private func status(_ request: Request, _ context: ClientContext) async throws -> Response {
        try await gate.withAdministrator(request.head, from: context.peer) { _ in status(hub.controls) }
    }

    func status(_ controls: Controls) -> Response { Self.json(serviceStatus(controls).json) }

    func serviceStatus(_ controls: Controls) -> ServiceStatus {
        let listening = listener.status
        return ServiceStatus(
            version: version,
            streams: hub.census.streams,
            users: hub.census.users,
            controls: controls,
            listener: listening.phase.rawValue,
            delivery: listening.isPolling ? "poll" : "notify",
            position: hub.position,
            roundTripMilliseconds: listening.roundTripMilliseconds
        )
    }

    private func invalidate(_ request: Request, _ context: ClientContext) async throws -> Response {
        try await gate.withAdministrator(request.head, from: context.peer) { session in
            let body = try InvalidateBody(json: try await Self.body(of: request))
            let position = try await told { () async throws(Commands.Failure) in
                try await commands.invalidate(body.tags, in: body.scope)
            }
            audit.acted(session, request.head, "\(body.tags) for \(body.scope)")
            var json = Array(#"{"position":"#.utf8)
            JSONWriter.append(position, to: &json)
            json.append(UInt8(ascii: "}"))
            return Self.json(json, status: .accepted)
        }
    }

    /// The whole body of a request, which has so much time to come.
    static func body(of request: Request) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask {
                Array(try await request.body.collect(upTo: InvalidateBody.maximumBytes).readableBytesView)
            }
            group.addTask {
                try await Task.sleep(for: bodyTime)
                return nil
            }
            defer { group.cancelAll() }
            guard let body = try await group.next() ?? nil else { throw Problem.tooSlow }
            return body
        }
    }

    private static let bodyTime = Duration.seconds(20)

    /// What a command gives, its failure being a problem.
    func told<Result>(
        _ command: () async throws(Commands.Failure) -> Result
    ) async throws(Problem) -> Result {
        do throws(Commands.Failure) {
            return try await command()
        } catch {
            switch error {
            case .refused(let reason): throw Problem(.badRequest, reason)
            case .unavailable: throw Problem.unavailable
            }
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

    static func json(_ body: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
            body: .init(byteBuffer: ByteBuffer(bytes: body))
        )
    }
}
