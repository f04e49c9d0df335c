import Subprocess

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Whom the server runs as: ourselves, unless we are root, whom PostgreSQL refuses.
enum UnprivilegedUser: Sendable {
    case ourselves
    case other(name: String, user: UInt32, group: UInt32)

    static func resolve() async throws(ClusterError) -> UnprivilegedUser {
        guard geteuid() == 0 else { return .ourselves }
        for name in ["postgres", "nobody"] {
            if let user = await number("-u", of: name), let group = await number("-g", of: name) {
                return .other(name: name, user: user, group: group)
            }
        }
        throw .noUnprivilegedUser
    }

    private static func number(_ flag: String, of name: String) async -> UInt32? {
        guard let output = try? await Command("id", [flag, name]).output() else { return nil }
        return UInt32(output)
    }

    /// As ``directoryScript`` takes them.
    var arguments: [String] {
        switch self {
        case .ourselves: ["", "", ""]
        case .other(let name, let user, let group): [name, String(user), String(group)]
        }
    }
}
