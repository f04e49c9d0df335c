import EventStream
import HTTPAPI
public import Hummingbird
import Invalidation
public import LibPQ
import Listener
public import Logging
import NIOCore
import NIOPosix
import Observability
import ServiceLifecycle
import SessionAuth
import TokenFormats
public import UnixSignals

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Freshet as a server by itself: what `freshet serve` runs.
///
/// It looks sessions up itself, in the session table that `freshet.authenticate` reads, and writes its streams past everything
/// that a server for requests has: a connection that streams has no task.
public struct FreshetServer: Sendable {
    private let configuration: Configuration
    private let logger: Logger
    private let signals: [UnixSignal]
    private let addRoutes: @Sendable (Router<ServerContext>) -> Void
    private let readiness: ReadinessService
    private let access: CredentialAccess
    private let engine: Engine
    private let sessions: Sessions

    private static let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: ProcessorCount.usable)

    /// - Parameters:
    ///   - database: a login that is a member of `freshet_service`, of a database that the migrations have been applied to.
    ///   - configuration: what differs from the defaults.
    ///   - logger: what it says, it says there.
    ///   - signals: those that end it in order; a second one ends the process at once.
    ///   - addRoutes: adds routes of the caller's own, beside the service's and of the same origin.
    ///   - onReady: called once with the port when connections are accepted and the stream has begun.
    /// - Throws: where the configuration has something that cannot be meant so.
    public init(
        database: ConnectionInfo,
        configuration: Configuration = .init(),
        logger: Logger,
        signals: [UnixSignal] = [.sigterm, .sigint],
        addRoutes: @escaping @Sendable (Router<ServerContext>) -> Void = { _ in },
        onReady: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws(FreshetError) {
        try configuration.streams.check()
        access = try configuration.access()
        self.configuration = configuration
        self.logger = logger
        self.signals = signals
        self.addRoutes = addRoutes
        let eventLoops = Array(Self.eventLoops.makeIterator())
        let registry = MetricRegistry()
        let hub = Hub(eventLoops: eventLoops, configuration: configuration.streams.hub, metrics: registry)
        let sessions = Sessions(
            database: database.named("freshet sessions"),
            streams: hub,
            configuration: SessionsConfiguration(
                recheck: configuration.streams.recheck,
                grace: configuration.streams.grace,
                tokens: configuration.tokens.reader
            ),
            logger: logger,
            metrics: registry
        )
        self.sessions = sessions
        readiness = ReadinessService(isReady: { hub.isOpen && sessions.isReachable }, onReady: onReady)
        engine = Engine(
            configuration.streams,
            database: database,
            hub: hub,
            eventLoops: eventLoops,
            registry: registry,
            metrics: registry,
            logger: logger,
            signal: { sessions.hear($0) }
        )
    }

    /// Runs until one of its signals, then ends every stream and returns.
    ///
    /// - Throws: a ``FreshetError`` where it cannot begin.
    public func run() async throws {
        let identity = try tlsIdentity()
        let requirements = DatabaseRequirements(database: engine.database.named("freshet sessions"), logger: logger)
        try await requirements.check { try await refuseUnverifiedPreset($0) }
        let gate = CredentialGate<ServerContext>(
            configuration.streams.api(servesHealth: configuration.adminPort == nil),
            access,
            sessions: sessions,
            logger: logger
        )
        let api = engine.api(gate, servesHealth: configuration.adminPort == nil, metrics: engine.registry)
        // Hummingbird's own lines say what ours do.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        ServiceMetrics(
            registry: engine.registry,
            factory: engine.registry,
            engine: engine,
            sessions: { [sessions] in sessions.count },
            isReachable: { [sessions] in sessions.isReachable }
        ).register()
        var services = engine.services(sessions: [sessions.keyUse, sessions], metrics: engine.registry) + [readiness]
        if !signals.contains(.sighup) { services.append(CertificateService(identity: identity, logger: logger)) }
        if let port = configuration.adminPort {
            services.append(
                api.adminServer(host: configuration.host, port: port, eventLoopGroup: Self.eventLoops, logger: quiet)
            )
        }
        services.append(
            api.server(
                host: configuration.host,
                port: configuration.port,
                tls: identity,
                eventLoopGroup: Self.eventLoops,
                descriptors: .raised(logger: logger),
                logger: quiet,
                addRoutes: addRoutes
            ) { port in
                let scheme = identity == nil ? "http" : "https"
                logger.info(
                    "listening on \(scheme)://\(configuration.host):\(port)\(configuration.streams.basePath)",
                    metadata: ["database": "\(engine.database)", "version": "\(Freshet.version)"]
                )
                readiness.accepts(on: port)
            }
        )
        // The last: it is told first that the service is to stop.
        services.append(HasteService(signals: signals, logger: logger))
        try await run(services, logger: quiet)
        await engine.commands.close()
        logger.info("The service has stopped.")
    }

    private func run(_ services: [any Service], logger: Logger) async throws {
        var group = ServiceGroupConfiguration(services: services, gracefulShutdownSignals: signals, logger: logger)
        group.maximumGracefulShutdownDuration = .seconds(8)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let error as IOError {
            let reason = error.errnoCode == EADDRINUSE ? "the port is in use" : "\(error)"
            throw FreshetError(
                "Cannot listen on \(configuration.host):\(configuration.port): \(reason). Choose another --host or --port."
            )
        }
    }

    /// The certificate, where one is asked for; a file that will not do is told before anything begins.
    private func tlsIdentity() throws(FreshetError) -> TLSIdentity? {
        guard let files = configuration.certificate else { return nil }
        do throws(TLSFailure) {
            let identity = try TLSIdentity(TLSFiles(certificate: files.certificate, key: files.key))
            CertificateService.tell(of: identity, "The certificate was read.", logger)
            return identity
        } catch {
            throw FreshetError(error.description)
        }
    }

    /// A preset for a framework that signs its cookies, and tokens that nobody verifies: a session's number would be enough.
    private func refuseUnverifiedPreset(_ connection: Connection) async throws {
        guard let format = configuration.tokens.format else { return }
        let rows = try await connection.query(
            """
            select substring(obj_description(to_regprocedure('freshet.authenticate(text)'), 'pg_proc')
                             from '"preset": "([a-z-]+)"')
            """
        )
        guard let preset = try rows.first?.decode(at: 0, as: String?.self),
            let needed = TokenFormatName.ofPresets[preset], needed != format
        else { return }
        throw FreshetError(
            "Sessions are looked up as migrations/sessions/\(preset).sql has it, which needs --token-format \(needed.rawValue), and "
                + "it is \(format.rawValue): whoever knows or guesses a session's id would be let in. If you have replaced the "
                + "function since, run: comment on function freshet.authenticate(text) is null."
        )
    }
}
