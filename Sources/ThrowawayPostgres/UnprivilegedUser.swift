import Subprocess

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Whom the server runs as: ourselves, unless we are root, whom PostgreSQL refuses.
struct UnprivilegedUser: Sendable {
    let ids: (user: UInt32, group: UInt32)?

    static func resolve() async throws(ClusterError) -> UnprivilegedUser {
        guard geteuid() == 0 else { return UnprivilegedUser(ids: nil) }
        for name in ["postgres", "nobody"] {
            if let user = await number("-u", of: name), let group = await number("-g", of: name) {
                return UnprivilegedUser(ids: (user, group))
            }
        }
        throw .noUnprivilegedUser
    }

    private static func number(_ flag: String, of name: String) async -> UInt32? {
        guard let output = try? await Command("id", [flag, name]).output() else { return nil }
        return UInt32(output)
    }

    /// In a session of its own, so that a Ctrl-C at the terminal does not take the server from under us.
    var platformOptions: PlatformOptions {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(60))]
        if let ids {
            options.userID = ids.user
            options.groupID = ids.group
            options.supplementaryGroups = []
        }
        return options
    }
}
