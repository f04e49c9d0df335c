import ArgumentParser
import LibPQ

/// Which database: shared by every command that connects to one.
struct DatabaseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The database, as a libpq connection string or URI. Default: DATABASE_URL, else libpq's own PG* variables.",
            valueName: "url"
        )
    )
    var databaseUrl: String?

    /// - Parameter name: what `pg_stat_activity` shows.
    func connectionInfo(_ environment: Environment, name: String = "freshet") throws -> ConnectionInfo {
        let text = try environment.value(databaseUrl, "database-url") ?? environment.databaseURL ?? ""
        do {
            return try ConnectionInfo(text, applicationName: name)
        } catch {
            throw ValidationError("--database-url: \(error)")
        }
    }
}
