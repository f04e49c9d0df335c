import ArgumentParser
import Freshet
import Logging

/// `freshet serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Listens to a database and streams its invalidations to signed-in clients."
    )

    @OptionGroup var options: ServeOptions

    func run() async throws {
        let environment = Environment()
        let settings = try ServeSettings(options, environment)
        let logger = try options.log.logger(environment)
        let server = try FreshetServer(
            database: settings.database,
            configuration: settings.configuration,
            logger: logger
        )
        try await server.run()
    }
}
