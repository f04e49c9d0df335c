import EventStream
import HTTPAPI
import Invalidation
import LibPQ
import Listener
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SessionAuth
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
    private let onRunning: @Sendable (Int) async -> Void
    private let hub: Hub
    private let listener: Listener
    private let sessions: Sessions
    private let emitter: Emitter

    /// - Parameter onRunning: called with the port once connections are accepted.
    init(
        _ settings: ServeSettings,
        logger: Logger,
        onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.settings = settings
        self.logger = logger
        self.onRunning = onRunning
        let hub = Hub(eventLoops: Array(Self.eventLoops.makeIterator()), configuration: settings.hub)
        let sessions = Sessions(
            database: settings.sessions,
            streams: hub,
            configuration: settings.checks,
            logger: logger
        )
        self.hub = hub
        self.sessions = sessions
        emitter = Emitter(database: settings.emitting)
        listener = Listener(
            database: settings.listening,
            heartbeat: settings.heartbeat,
            historyLimit: settings.hub.history.entries,
            logger: logger,
            publish: { hub.publish($0) },
            signal: { sessions.hear($0) }
        )
    }

    private static let eventLoops = MultiThreadedEventLoopGroup.singleton

    /// Runs until SIGTERM or SIGINT, then ends every stream and returns.
    func run() async throws {
        try await refuseWhatWaitingCannotMend()
        let api = API(
            settings.api,
            version: Freshet.version,
            hub: hub,
            sessions: sessions,
            listener: listener,
            emitter: emitter
        )
        // Hummingbird's own lines say what ours do.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        // In order of dependency: the last is asked to stop first.
        var services: [any Service] = [listener, sessions, StreamsService(hub: hub)]
        if let port = settings.adminPort {
            services.append(
                api.adminServer(host: settings.host, port: port, eventLoopGroup: Self.eventLoops, logger: quiet)
            )
        }
        services.append(
            api.server(host: settings.host, port: settings.port, eventLoopGroup: Self.eventLoops, logger: quiet) {
                port in
                logger.info(
                    "listening on http://\(settings.host):\(port)\(settings.api.basePath)",
                    metadata: ["database": "\(settings.database)", "version": "\(Freshet.version)"]
                )
                await onRunning(port)
            }
        )
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
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
        await emitter.close()
        logger.info("The service has stopped.")
    }

    /// A password, a missing schema or a missing right is told at once; a database that is only away is waited for.
    private func refuseWhatWaitingCannotMend() async throws {
        do {
            try await Connection.withConnection(settings.sessions) { connection in
                _ = try await connection.query("select timeline from freshet.attach()")
            }
        } catch {
            let diagnosis = Diagnosis(error, database: settings.sessions)
            guard !diagnosis.isLasting else { throw StartFailure(diagnosis.description) }
            logger.warning("The database does not answer yet; waiting for it.", metadata: ["error": "\(diagnosis)"])
        }
    }
}
