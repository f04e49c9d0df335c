/// Why a throwaway cluster could not be had, or could not do what was asked of it.
public enum ClusterError: Error, Hashable {
    case noServer
    case overrideHasNoServer(String)
    case noUnprivilegedUser
    case supervisorEnded(String)
    case failed(step: String, output: String)
    case noFreePort(tried: Int)
    case psql(output: String)
}

extension ClusterError: CustomStringConvertible {
    /// What failed, and what to do.
    public var description: String {
        switch self {
        case .noServer:
            #if os(macOS)
                let install = "brew install postgresql@17"
            #else
                let install = "apt-get install postgresql"
            #endif
            return """
                no PostgreSQL server was found (initdb, pg_ctl, postgres): install one (\(install)), \
                or name its directory in \(ServerBinaries.overrideVariable)
                """
        case .overrideHasNoServer(let directory):
            return """
                \(ServerBinaries.overrideVariable) is \(directory), which does not hold initdb, pg_ctl and postgres: \
                name the directory that does, or unset it
                """
        case .noUnprivilegedUser:
            return """
                PostgreSQL refuses to run as root, and this system has neither a user postgres nor a user nobody: \
                start as another user
                """
        case .supervisorEnded(let step):
            return "the shell that watches over the throwaway PostgreSQL ended while it was to \(step)"
        case .failed(let step, let output):
            return "the throwaway PostgreSQL could not \(step): \(output)"
        case .noFreePort(let tried):
            return "none of \(tried) ports tried on 127.0.0.1 was free for the throwaway PostgreSQL"
        case .psql(let output):
            return "psql failed: \(output)"
        }
    }
}
