extension Cluster {
    /// What `psql` is to carry out.
    public enum Script: Sendable {
        case file(String)
        case text(String)
    }

    /// Runs the real `psql`, as an operator would, and gives what it printed: rows unaligned, `|` between columns.
    ///
    /// It reads no `.psqlrc` and stops at the first error, which is thrown with psql's own words. Several statements
    /// are several transactions.
    @discardableResult
    public func psql(
        _ script: Script,
        database: String = "postgres",
        user: String = "postgres",
        variables: [String: String] = [:]
    ) async throws -> String {
        try await psql(script, conninfo: conninfo(database: database, user: user), variables: variables)
    }

    /// As above, by a way of the caller's own, such as a proxy.
    @discardableResult
    public func psql(
        _ script: Script,
        conninfo: String,
        variables: [String: String] = [:]
    ) async throws -> String {
        var arguments = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"]
        arguments += variables.map { "--set=\($0.key)=\($0.value)" }
        arguments += ["--dbname", conninfo]
        let input: String
        switch script {
        case .file(let path):
            arguments += ["--file", path]
            input = ""
        case .text(let text):
            arguments += ["--file", "-"]
            input = text
        }
        do {
            return try await Command(binaries.path(of: "psql"), arguments).output(input: input)
        } catch let failure as Command.Failure {
            throw ClusterError.psql(output: failure.output)
        }
    }
}
