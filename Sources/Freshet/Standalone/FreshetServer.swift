import EventStream
import HTTPAPI
import Hummingbird
import Invalidation
import LibPQ
import Listener
import Logging
import NIOCore
import NIOPosix
import Observability
import ServiceLifecycle
import SessionAuth
import TokenFormats
import UnixSignals

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The whole service, composed: database to listener to hub to streams.
struct FreshetService: Sendable {
    private let settings: ServeSettings
    private let logger: Logger
    private let signals: [UnixSignal]
    private let addRoutes: @Sendable (Router<ClientContext>) -> Void
    private let readiness: ReadinessService
    private let hub: Hub
    private let listener: Listener
    private let sessions: Sessions
    private let commands: Commands
    private let metrics = MetricRegistry()

    /// - Parameters:
    ///   - signals: those that end it in order.
    ///   - addRoutes: adds routes of the caller's own to the service's.
    ///   - onReady: called once with the port when connections are accepted and the stream has begun.
    init(
        _ settings: ServeSettings,
        logger: Logger,
        signals: [UnixSignal] = [.sigterm, .sigint],
        addRoutes: @escaping @Sendable (Router<ClientContext>) -> Void = { _ in },
        onReady: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.settings = settings
        self.logger = logger
        self.signals = signals
        self.addRoutes = addRoutes
        let hub = Hub(eventLoops: Array(Self.eventLoops.makeIterator()), configuration: settings.hub, metrics: metrics)
        let sessions = Sessions(
            database: settings.sessions,
            streams: hub,
            configuration: settings.checks,
            logger: logger,
            metrics: metrics
        )
        self.hub = hub
        self.sessions = sessions
        readiness = ReadinessService(isReady: { hub.isOpen && sessions.isReachable }, onReady: onReady)
        commands = Commands(database: settings.emitting)
        listener = Listener(
            database: settings.listening,
            heartbeat: settings.heartbeat,
            pollInterval: settings.pollInterval,
            historyLimit: settings.hub.history.entries,
            logger: logger,
            metrics: metrics,
            publish: { hub.publish($0) },
            signal: { sessions.hear($0) }
        )
    }

    private static let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: ProcessorCount.usable)

    /// Runs until one of its signals, then ends every stream and returns.
    func run() async throws {
        let identity = try tlsIdentity()
        try await refuseWhatWaitingCannotMend()
        let api = API(
            settings.api,
            version: MainCommand.version,
            hub: hub,
            sessions: sessions,
            listener: listener,
            commands: commands,
            logger: logger,
            metrics: metrics,
            metricsText: { [metrics] in metrics.read() },
            metricsJSON: { [metrics] in metrics.readJSON() },
            page: OperatorPage(EmbeddedFiles.operatorPage),
            client: ClientFiles(EmbeddedFiles.client)
        )
        // Hummingbird's own lines say what ours do.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        // In order of dependency: the last is asked to stop first.
        let pruner = LogPruner(database: settings.pruning, interval: settings.heartbeat * 4, logger: logger)
        let figures = DatabaseFigures(
            database: settings.watching,
            interval: settings.heartbeat,
            logger: logger,
            metrics: metrics
        )
        ServiceMetrics(registry: metrics, hub: hub, listener: listener, sessions: sessions)
            .register(Array(Self.eventLoops.makeIterator()))
        var services: [any Service] = [
            listener, pruner, figures, sessions.keyUse, sessions, StreamsService(hub: hub), readiness,
        ]
        if !signals.contains(.sighup) { services.append(CertificateService(identity: identity, logger: logger)) }
        if let port = settings.adminPort {
            services.append(
                api.adminServer(host: settings.host, port: port, eventLoopGroup: Self.eventLoops, logger: quiet)
            )
        }
        services.append(
            api.server(
                host: settings.host,
                port: settings.port,
                tls: identity,
                eventLoopGroup: Self.eventLoops,
                descriptors: .raised(logger: logger),
                logger: quiet,
                addRoutes: addRoutes
            ) { port in
                let scheme = identity == nil ? "http" : "https"
                logger.info(
                    "listening on \(scheme)://\(settings.host):\(port)\(settings.api.basePath)",
                    metadata: ["database": "\(settings.database)", "version": "\(MainCommand.version)"]
                )
                readiness.accepts(on: port)
            }
        )
        // The last: it is told first that the service is to stop.
        services.append(HasteService(signals: signals, logger: logger))
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: signals,
            logger: quiet
        )
        configuration.maximumGracefulShutdownDuration = .seconds(8)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError {
            let reason = error.errnoCode == EADDRINUSE ? "the port is in use" : "\(error)"
            throw StartFailure(
                "Cannot listen on \(settings.host):\(settings.port): \(reason). Choose another --host or --port."
            )
        }
        await commands.close()
        logger.info("The service has stopped.")
    }

    /// The certificate, where one is asked for; a file that will not do is told before anything begins.
    private func tlsIdentity() throws -> TLSIdentity? {
        guard let files = settings.tls else { return nil }
        do throws(TLSFailure) {
            let identity = try TLSIdentity(files)
            CertificateService.tell(of: identity, "The certificate was read.", logger)
            return identity
        } catch {
            throw StartFailure(error.description)
        }
    }

    /// A preset for a framework that signs its cookies, and tokens that nobody verifies: a session's number would be enough.
    private func refuseUnverifiedPreset(_ connection: Connection) async throws {
        guard let format = settings.tokenFormat else { return }
        let rows = try await connection.query(
            """
            select substring(obj_description(to_regprocedure('freshet.authenticate(text)'), 'pg_proc')
                             from '"preset": "([a-z-]+)"')
            """
        )
        guard let preset = try rows.first?.decode(at: 0, as: String?.self),
            let needed = TokenFormatName.ofPresets[preset], needed != format
        else { return }
        throw StartFailure(
            "Sessions are looked up as migrations/sessions/\(preset).sql has it, which needs --token-format \(needed.rawValue), and "
                + "it is \(format.rawValue): whoever knows or guesses a session's id would be let in. If you have replaced the "
                + "function since, run: comment on function freshet.authenticate(text) is null."
        )
    }

    /// A password, a missing schema or a missing right is told at once; a database that is only away is waited for.
    private func refuseWhatWaitingCannotMend() async throws {
        do {
            try await Connection.withConnection(settings.sessions) { connection in
                try await connection.set(SessionParameters.patient)
                let rows = try await connection.query("select migration from freshet.attach()")
                let applied = try rows.first?.decode(at: 0, as: Int?.self) ?? 0
                let needed = Migrations.versions.max() ?? 0
                guard applied >= needed else {
                    throw StartFailure(
                        "This database has Freshet's migrations up to \(applied), and this version needs \(needed): "
                            + #"run psql "$DATABASE_URL" -f migrations/apply.sql first."#
                    )
                }
                try await refuseUnverifiedPreset(connection)
            }
        } catch let failure as StartFailure {
            throw failure
        } catch {
            let diagnosis = Diagnosis(error, database: settings.sessions)
            guard !diagnosis.isLasting else { throw StartFailure(diagnosis.description) }
            logger.warning("The database does not answer yet; waiting for it.", metadata: ["error": "\(diagnosis)"])
        }
    }
}
