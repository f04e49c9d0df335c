import Foundation

/// The directory that holds one PostgreSQL release's server programs.
///
/// Debian keeps them out of `PATH`, so that several major versions can be installed at once.
public struct ServerBinaries: Sendable, Hashable {
    package let directory: String

    package static let overrideVariable = "FRESHET_PG_BINDIR"

    package init(directory: String) {
        self.directory = directory
    }

    /// A program's path; `psql` may come from a client package of its own, and is then looked for in `PATH`.
    public func path(of program: String) -> String {
        let beside = directory + "/" + program
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        return Self.searchPath().map { $0 + "/" + program }.first(where: FileManager.default.isExecutableFile(atPath:))
            ?? beside
    }

    var isComplete: Bool {
        ["initdb", "pg_ctl", "postgres"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: directory + "/" + $0)
        }
    }

    /// Looks where the operator says, then where `pg_config` says, then where packages put them, newest first.
    ///
    /// The override is not a hint: where it names a directory without a server, nothing else is tried, for a test
    /// that runs on another version than the one asked for is worse than none.
    package static func locate(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws(ClusterError) -> ServerBinaries {
        if let directory = environment[overrideVariable], !directory.isEmpty {
            let binaries = ServerBinaries(directory: directory)
            guard binaries.isComplete else { throw .overrideHasNoServer(directory) }
            return binaries
        }
        if let directory = try? await Command("pg_config", ["--bindir"]).output(), isServer(directory) {
            return ServerBinaries(directory: directory)
        }
        guard let directory = (packageDirectories() + searchPath(environment)).first(where: isServer) else {
            throw .noServer
        }
        return ServerBinaries(directory: directory)
    }

    private static func isServer(_ directory: String) -> Bool {
        ServerBinaries(directory: directory).isComplete
    }

    private static func searchPath(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> [String] {
        environment["PATH", default: ""].split(separator: ":").map(String.init)
    }

    /// Debian, PGDG's RPMs, Homebrew on both processors, and a build from source.
    private static func packageDirectories() -> [String] {
        let versioned = [
            ("/usr/lib/postgresql", ""), ("/usr", "pgsql-"),
            ("/opt/homebrew/opt", "postgresql@"), ("/usr/local/opt", "postgresql@"),
        ]
        return versioned.flatMap { parent, prefix in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
            return names.compactMap { name -> (Int, String)? in
                guard name.hasPrefix(prefix), let version = Int(name.dropFirst(prefix.count)) else { return nil }
                return (version, "\(parent)/\(name)/bin")
            }.sorted { $0.0 > $1.0 }.map(\.1)
        } + ["/opt/homebrew/opt/postgresql/bin", "/usr/local/opt/postgresql/bin", "/usr/local/pgsql/bin"]
    }
}
