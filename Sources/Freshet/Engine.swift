import EventStream
import HTTPAPI
import Invalidation
import LibPQ
import Listener
import Logging
import Metrics
import NIOCore
import Observability
import ServiceLifecycle

/// What every way of serving has: the way from the database to the hub, and what looks after it.
struct Engine: Sendable {
    let configuration: Freshet.Configuration
    let database: ConnectionInfo
    let hub: Hub
    let listener: Listener
    let commands: Commands
    let registry: MetricRegistry
    let eventLoops: [any EventLoop]
    let logger: Logger

    /// - Parameters:
    ///   - hub: of these event loops.
    ///   - metrics: where figures go; to `registry` among others.
    ///   - signal: given the words about sessions, in their place among what is published.
    init(
        _ configuration: Freshet.Configuration,
        database: ConnectionInfo,
        hub: Hub,
        eventLoops: [any EventLoop],
        registry: MetricRegistry,
        metrics: any MetricsFactory,
        logger: Logger,
        signal: @escaping @Sendable (SessionSignal) -> Void
    ) {
        self.configuration = configuration
        self.database = database
        self.hub = hub
        self.eventLoops = eventLoops
        self.registry = registry
        self.logger = logger
        commands = Commands(database: database.named("freshet invalidate"))
        listener = Listener(
            database: database.named("freshet listener"),
            heartbeat: configuration.heartbeat,
            pollInterval: configuration.pollInterval,
            historyLimit: configuration.historyEntries,
            logger: logger,
            metrics: metrics,
            publish: { hub.publish($0) },
            signal: signal
        )
    }

    /// In order of dependency: the last is asked to stop first.
    func services(sessions: [any Service], metrics: any MetricsFactory) -> [any Service] {
        let pruner = LogPruner(
            database: database.named("freshet prune"),
            interval: configuration.heartbeat * 4,
            logger: logger
        )
        let figures = DatabaseFigures(
            database: database.named("freshet metrics"),
            interval: configuration.heartbeat,
            logger: logger,
            metrics: metrics
        )
        return [listener, pruner, figures] + sessions + [StreamsService(hub: hub)]
    }

    func api<G: Gate>(_ gate: G, servesHealth: Bool, metrics: any MetricsFactory) -> API<G> {
        API(
            configuration.api(servesHealth: servesHealth),
            gate: gate,
            version: Freshet.version,
            hub: hub,
            listener: listener,
            commands: commands,
            metrics: metrics,
            metricsText: { [registry] in registry.read() },
            metricsJSON: { [registry] in registry.readJSON() },
            page: OperatorPage(EmbeddedFiles.operatorPage),
            client: ClientFiles(EmbeddedFiles.client)
        )
    }
}
