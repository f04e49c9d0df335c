import Foundation
import Freshet
import Hummingbird
import LibPQ
import Logging
import ServiceLifecycle

/// The application: its router, and its services in the order in which they begin.
struct TaskServer: Sendable {
    /// What may be set, as the environment has it.
    struct Settings: Sendable {
        var host = "127.0.0.1"
        var port = 8_080
        var database: ConnectionInfo
        var streams = Freshet.Configuration(basePath: "/api/invalidator")

        /// Whether whoever has no session hears `global`.
        var allowsAnonymous = false
    }

    private let settings: Settings
    private let database: Database
    private let freshet: Freshet
    private let store: TaskStore
    private let sessions: AccountSessions
    private let changes: Freshet.Events
    private let logger: Logger

    init(_ settings: Settings, logger: Logger) throws {
        self.settings = settings
        self.logger = logger
        database = Database(settings.database.named("task server"))
        sessions = AccountSessions(database: database)
        store = TaskStore(database: database)
        freshet = try Freshet(database: settings.database, configuration: settings.streams, logger: logger)
        // Before anything is loaded, so that nothing is loaded unfollowed.
        changes = freshet.events()
    }

    /// - Parameter onReady: called with the port once requests are accepted.
    func run(onReady: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        let router = Router(context: TaskContext.self)
        router.get("health") { _, _ in freshet.isReady ? HTTPResponse.Status.ok : .serviceUnavailable }
        router.get("metrics") { _, _ in freshet.metricsText }
        let group = router.group().add(middleware: SessionMiddleware(sessions: sessions))
        TaskRoutes(store: store, sessions: sessions).add(to: group)
        group.addRoutes(
            freshet.routes { _, context in
                guard !context.isDatabaseAway else { return .unavailable }
                guard let token = context.token else { return settings.allowsAnonymous ? .anonymous : .unauthorized }
                return sessions.answer(context.session, token: token)
            }
        )
        let application = Application(
            router: router,
            configuration: .init(address: .hostname(settings.host, port: settings.port)),
            services: [freshet, CacheService(store: store, changes: changes)],
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? settings.port
                logger.info("listening on http://\(settings.host):\(port)")
                onReady(port)
            },
            logger: logger
        )
        try await application.runService()
        await database.close()
    }
}

/// Keeps the cache in memory fresh.
private struct CacheService: Service {
    let store: TaskStore
    let changes: Freshet.Events

    func run() async throws {
        await cancelWhenGracefulShutdown { await store.follow(changes) }
    }
}
