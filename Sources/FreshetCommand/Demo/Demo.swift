import ArgumentParser
import Configuration
import Foundation
import Freshet
import Logging
import ThrowawayPostgres
import UnixSignals

/// The demo: a private PostgreSQL, the to-do application, and the service in this process.
///
/// Whatever ends this process, the shell that owns the cluster sees it and removes the temporary directory, in which
/// everything is that the demo writes.
struct Demo: Sendable {
    let host: String
    let port: Int
    let logger: Logger

    func run() async throws {
        Self.forgetOtherDatabases()
        do {
            var start = ContinuousClock.now
            Progress.begin("Starting a private PostgreSQL")
            let options = ClusterOptions(authentication: .scramSHA256, listensOnTCP: true)
            try await withCluster(options) { cluster in
                Progress.end(since: start)
                let database = try await Progress.step("Applying the migrations and the to-do application") {
                    try await DemoDatabase.make(in: cluster)
                }
                try await serve(database)
                start = ContinuousClock.now
                Progress.begin("Removing \(cluster.directory)")
            }
            Progress.end(since: start)
        } catch let error as ClusterError {
            Progress.end()
            let text = error.description
            throw DemoFailure(text.prefix(1).uppercased() + text.dropFirst() + ".")
        }
    }

    private func serve(_ database: DemoDatabase) async throws {
        let options = try ServeOptions.parse([
            "--database-url", database.serviceConnection, "--host", host, "--port", "\(port)",
        ])
        // The demo needs no configuration, and must not take the one of a real service.
        let nothing = Environment(ConfigReader(provider: InMemoryProvider(values: [:])))
        let settings = try ServeSettings(options, nothing)
        let store = TodoStore(database: try database.applicationConnection())
        let announced = DemoAnnouncement(host: host, database: database)
        let routes = DemoRoutes(store: store, announcement: announced)
        let service = try FreshetServer(
            database: settings.database,
            configuration: settings.configuration,
            logger: logger,
            signals: [.sigterm, .sigint, .sighup],
            addRoutes: { routes.add(to: $0) },
            onReady: { port in
                announced.isRunning(on: port)
                print(announced.text)
                fflush(nil)
            }
        )
        try await service.run()
        await store.close()
    }

    /// libpq reads `PG*` where a connection string leaves something open; those name somebody's real database.
    private static func forgetOtherDatabases() {
        for name in ProcessInfo.processInfo.environment.keys where name.hasPrefix("PG") { _ = unsafe unsetenv(name) }
    }
}
