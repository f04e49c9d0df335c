import ArgumentParser
import Logging

/// `freshet demo`.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Shows Freshet at work: two users and their to-dos, on a PostgreSQL of its own.",
        discussion: """
            Starts a private PostgreSQL in a temporary directory, applies the migrations and a small to-do application, \
            and serves a page where two users stand side by side. It prints the page's address and lines to paste into \
            other terminals. Ctrl-C removes all of it.

            PostgreSQL's server programs have to be installed; where they are not found by themselves, \
            FRESHET_PG_BINDIR names their directory.
            """
    )

    @Option(help: "The address to listen on. Default: 127.0.0.1, which only this machine reaches.")
    var host: String?

    @Option(help: "The port to listen on. Default: 0, any free one.")
    var port: Port?

    @OptionGroup var log: LogOptions

    func run() async throws {
        let environment = Environment()
        let demo = Demo(
            host: try environment.value(host, "host") ?? "127.0.0.1",
            port: try environment.value(port, "port")?.number ?? 0,
            logger: try log.logger(environment, standard: .warning)
        )
        try await demo.run()
    }
}
