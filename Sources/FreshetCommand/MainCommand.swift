import ArgumentParser
import Freshet

/// The command line (CONTRACT.md §7).
@main
struct MainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freshet",
        abstract: "Tells every browser which of its cached queries went stale when a PostgreSQL transaction commits.",
        discussion: """
            Every option can also be set by an environment variable: FRESHET_ and the option's name, as in \
            FRESHET_BASE_PATH for --base-path. DATABASE_URL, or libpq's own PGHOST, PGUSER and so on, name the database.
            """,
        version: Freshet.version,
        subcommands: [ServeCommand.self, CheckCommand.self, TailCommand.self, DemoCommand.self]
    )
}
