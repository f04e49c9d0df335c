/// Makes a PostgreSQL cluster of our own, starts it, and removes it when `body` has ended, in whatever way.
///
/// It is also removed when this process is killed: a shell owns it, and sees its input end. The server's rights are
/// those of user `postgres`, else `nobody`, when we are root.
@discardableResult
public func withCluster<Result>(
    _ options: ClusterOptions,
    _ body: (Cluster) async throws -> Result
) async throws -> Result {
    try await makeCluster(options).use(body)
}

extension Cluster {
    /// Gives itself to `body`, and is gone when that has ended.
    func use<Result>(_ body: (Cluster) async throws -> Result) async throws -> Result {
        do {
            let result = try await body(self)
            await supervisor.finish()
            return result
        } catch {
            await supervisor.finish()
            throw error
        }
    }
}

/// Makes a cluster that lives as long as this process.
package func makeProcessCluster(_ options: ClusterOptions) async throws -> Cluster {
    try await makeCluster(options)
}

private func makeCluster(_ options: ClusterOptions) async throws -> Cluster {
    let binaries = try await ServerBinaries.locate()
    let (supervisor, directory) = try await Supervisor.launch(binaries: binaries)
    do {
        let password = try await initialise(options, by: supervisor)
        let port = try await firstStart(listeningOnTCP: options.listensOnTCP, by: supervisor)
        return Cluster(
            binaries: binaries,
            directory: directory,
            port: port,
            password: password,
            listensOnTCP: options.listensOnTCP,
            supervisor: supervisor
        )
    } catch {
        await supervisor.finish()
        throw error
    }
}

private func initialise(_ options: ClusterOptions, by supervisor: Supervisor) async throws -> String? {
    var arguments = "--auth=\(options.authentication.rawValue)"
    var password: String?
    if options.authentication == .scramSHA256 {
        let random = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
        try await supervisor.perform("password \(random)", step: "note its password")
        arguments += " --pwfile=password"
        password = random
    }
    try await supervisor.perform("initdb \(arguments)", step: "be initialised (initdb)")
    let addresses = options.listensOnTCP ? "127.0.0.1" : ""
    for (name, value) in [("listen_addresses", addresses)] + options.settings.sorted(by: { $0.key < $1.key }) {
        try await supervisor.perform("setting \(setting(name, value))", step: "note the setting \(name)")
    }
    return password
}

/// Without TCP the port only names the socket. With it, the server itself finds out whether a port is free, since a
/// look beforehand says nothing about the moment of its bind. The range lies below those that systems give to
/// outgoing connections, so that nobody gets the port while the server is down for a restart.
func firstStart(listeningOnTCP listensOnTCP: Bool, by supervisor: Supervisor) async throws -> Int {
    guard listensOnTCP else {
        try await supervisor.perform("start", step: "start")
        return 5432
    }
    let attempts = 20
    for _ in 0..<attempts {
        let port = Int.random(in: 20_000..<32_000)
        try await supervisor.perform("setting \(setting("port", String(port)))", step: "note its port")
        do {
            try await supervisor.perform("start", step: "start")
            return port
        } catch ClusterError.failed(_, let output) where output.contains("Address already in use") {
            continue
        }
    }
    throw ClusterError.noFreePort(tried: attempts)
}

private func setting(_ name: String, _ value: String) -> String {
    "\(name) = '\(value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
}
