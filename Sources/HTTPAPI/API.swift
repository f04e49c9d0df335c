package import EventStream
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Invalidation
package import Listener
package import Metrics
import NIOCore

/// The HTTP interface: one table of routes and one set of checks, for streams and for everything else.
package struct API<G: Gate>: Sendable {
    let configuration: APIConfiguration
    let gate: G
    let hub: Hub
    private let listener: Listener
    let commands: Commands
    private let version: String
    let refusals: RefusalMetrics

    /// Whether the end of a client's connection is looked for in the body of its request; else it shows at the next write.
    var noticesEnd = true
    private let metricsText: @Sendable () -> [UInt8]
    let metricsJSON: @Sendable () -> [UInt8]
    let page: OperatorPage
    private let client: ClientFiles

    package init(
        _ configuration: APIConfiguration,
        gate: G,
        version: String,
        hub: Hub,
        listener: Listener,
        commands: Commands,
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
        self.gate = gate
    }

    var audit: Audit { gate.audit }

    /// Adds all routes but the stream's, with the answer to every error.
    func add(to router: some RouterMethods<G.Context>) {
        let base = router.add(middleware: ProblemMiddleware(origins: gate.origins, refusals: refusals))
            .group(RouterPath(configuration.basePath))
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
    }

    func addHealth<Context: RequestContext>(to router: Router<Context>) {
        router.get("metrics") { _, _ in metrics() }
        router.get("health/live") { _, _ in Self.json(Array(#"{"status":"live"}"#.utf8)) }
        router.get("health/ready") { _, _ in
            let phase = listener.status.phase
            let canLookUp = gate.isReachable
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
    private func whoAsks(_ request: Request, _ context: G.Context) async throws -> Response {
        try await gate.withSession(request, context) { live in
            var json = JSONObject()
            json.set("user", live.session?.userID)
            json.set("scopes", live.grants.scopes.map(\.text))
            return Self.json(json.bytes)
        }
    }

    private func status(_ request: Request, _ context: G.Context) async throws -> Response {
        try await gate.withAdministrator(request, context) { _ in status(hub.controls) }
    }

    /// Whether LISTEN is proven.
    var isListening: Bool { listener.status.phase == .live }

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

    private func invalidate(_ request: Request, _ context: G.Context) async throws -> Response {
        try await gate.withAdministrator(request, context) { session in
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

    private static var bodyTime: Duration { .seconds(20) }

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
