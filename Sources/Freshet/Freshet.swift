import EventStream
import HTTPAPI
public import Hummingbird
public import Invalidation
public import LibPQ
import Listener
public import Logging
public import Metrics
import NIOCore
public import NIOPosix
import Observability
public import ServiceLifecycle
import SessionAuth

/// Freshet as a part of a server: the listener, the hub, and the routes, of which the application says who may ask.
///
/// ```swift
/// let freshet = try Freshet(database: .conninfo(url))
/// router.addRoutes(freshet.routes { request, context in
///     guard let user = context.identity else { return .unauthorized }
///     return .session(user: user.id)
/// })
/// let app = Application(router: router, services: [freshet])
/// ```
///
/// It is a service of the application's service group, and asks the database nothing before that runs; until then, and while the
/// database is away, streams are told to come back in some seconds. Several may run in one process, of different databases.
public final class Freshet: Service {
    /// The version of this library and of the service made of it.
    public static let version = "0.1.0"

    /// The newest of the migrations that this version needs.
    static let migration = EmbeddedFiles.migrations.compactMap { Int($0.prefix(4)) }.max() ?? 0

    let engine: Engine
    private let sessions: ResolvedSessions
    private let metrics: any MetricsFactory
    private let figures: ServiceMetrics
    private let requirements: DatabaseRequirements
    private let logger: Logger

    /// - Parameters:
    ///   - database: a login that is a member of `freshet_service`, of a database that the migrations have been applied to.
    ///   - configuration: what differs from the defaults.
    ///   - logger: what it says, it says there.
    ///   - metrics: where its figures go; they are also told by ``metricsText``.
    ///   - eventLoopGroup: where streams are written; that of the application's server, to which Hummingbird's default is equal.
    /// - Throws: where the configuration has something that cannot be meant so.
    public init(
        database: ConnectionInfo,
        configuration: Configuration = .init(),
        logger: Logger = Logger(label: "freshet"),
        metrics: any MetricsFactory = MetricsSystem.factory,
        eventLoopGroup: MultiThreadedEventLoopGroup = .singleton
    ) throws(FreshetError) {
        try configuration.check()
        let eventLoops = Array(eventLoopGroup.makeIterator())
        let registry = MetricRegistry()
        let all = MultiplexMetricsHandler(factories: [registry, metrics])
        let hub = Hub(eventLoops: eventLoops, configuration: configuration.hub, metrics: all)
        let sessions = ResolvedSessions(
            streams: hub,
            recheck: configuration.recheck,
            grace: configuration.grace,
            logger: logger
        )
        engine = Engine(
            configuration,
            database: database,
            hub: hub,
            eventLoops: eventLoops,
            registry: registry,
            metrics: all,
            logger: logger,
            signal: { sessions.hear($0) }
        )
        self.sessions = sessions
        self.metrics = all
        self.logger = logger
        requirements = DatabaseRequirements(database: database.named("freshet start"), logger: logger)
        figures = ServiceMetrics(
            registry: registry,
            factory: all,
            engine: engine,
            sessions: { sessions.count },
            isReachable: { true }
        )
        figures.register()
    }

    /// Listens until the service group shuts down gracefully; then it ends every stream with `goaway`.
    ///
    /// - Throws: a ``FreshetError`` where the database lacks what waiting cannot mend.
    public func run() async throws {
        defer { engine.hub.followers.end() }
        try await requirements.check()
        let listener = engine.listener
        let keeper = ResolvedSessionsService(sessions: sessions) { listener.status.phase == .live }
        // What the group says of its services, they say themselves.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        var configuration = ServiceGroupConfiguration(
            services: engine.services(sessions: [keeper, FiguresService(metrics: figures)], metrics: metrics),
            logger: quiet
        )
        configuration.maximumGracefulShutdownDuration = .seconds(8)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            await engine.commands.close()
            throw error
        }
        await engine.commands.close()
    }

    // MARK: Serving

    /// All routes of CONTRACT.md §6 but health and metrics, under the base path, for the application's router.
    ///
    /// Middleware of the group that they are added to runs first, so that the session it has found is in the context.
    ///
    /// - Parameters:
    ///   - noticesDisconnects: whether the end of a client's connection is looked for, so that its stream ends at once. It needs
    ///     the request's own body: where a middleware has put another in its place, or a test asks the router without a
    ///     server, it has to be off, for Hummingbird stops the process; the end then shows at the next write, a heartbeat later at
    ///     most.
    ///   - resolve: says who asks. It is asked for each request, and never for the browser's client, which is open. An error that
    ///     is a response (`HTTPError`) is that response; any other counts as ``SessionAnswer/unavailable``, with a line in the
    ///     log.
    public func routes<Context: RequestContext>(
        noticesDisconnects: Bool = true,
        _ resolve: @escaping @Sendable (Request, Context) async throws -> SessionAnswer
    ) -> RouteCollection<Context> {
        let gate = ResolverGate<Context>(
            origins: OriginPolicy(allowed: engine.configuration.origins),
            sessions: sessions,
            logger: logger
        ) { request, context in
            try await resolve(request, context).resolution()
        }
        return engine.api(gate, servesHealth: false, metrics: metrics).routes(noticesEnd: noticesDisconnects)
    }

    /// Whether LISTEN is proven: a stream that is open now misses nothing, and one that is asked for begins.
    public var isReady: Bool { engine.listener.status.phase == .live && engine.hub.isOpen }

    /// Every figure in Prometheus' text format 0.0.4, for a route of the application's.
    public var metricsText: String { String(decoding: engine.registry.read(), as: UTF8.self) }

    // MARK: Invalidating and following

    /// Invalidates tags in a transaction of their own: `freshet.invalidate` (CONTRACT.md §3).
    ///
    /// In a transaction of the application's, which tells it only where that commits, it is one statement there:
    /// `select freshet.invalidate(array['todo/42'], 'user/7')`.
    ///
    /// - Parameters:
    ///   - tags: what went stale.
    ///   - scope: who may hear of it.
    /// - Returns: a position from which a replay includes it.
    /// - Throws: where the database refuses it, or cannot be asked; then it may have been done or not, and doing it again harms
    ///   nothing.
    @discardableResult
    public func invalidate(tags: [Tag], scope: Scope = .global) async throws(FreshetError) -> Position {
        let text: String
        do throws(Commands.Failure) {
            text = try await engine.commands.invalidate(tags, in: scope)
        } catch {
            switch error {
            case .refused(let reason): throw FreshetError("The database refuses the invalidation: \(reason)")
            case .unavailable(let reason):
                throw FreshetError("The database cannot be asked at the moment: \(reason)", isTransient: true)
            }
        }
        guard let position = Position(text: text) else {
            throw FreshetError(
                "freshet.invalidate gave '\(text)', which is no position; are the migrations this version's?"
            )
        }
        return position
    }

    /// Follows what goes stale in these scopes and in `*`, from this moment on, for a cache in this process; without scopes,
    /// whatever goes stale for anybody.
    ///
    /// All that is committed from now on is told, or a `Change` with a `reset` in its place, which stands for
    /// everything. What is told while nobody asks for the next is merged, within bounds. While the database is away nothing
    /// is told; what was missed is told when it is back (``isReady``).
    public func events(for scopes: [Scope]? = nil) -> Events { Events(engine.hub.follow(scopes.map(Set.init))) }
}
