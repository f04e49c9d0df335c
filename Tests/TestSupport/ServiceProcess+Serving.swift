extension ServiceProcess {
    /// Waits until a service hears of changes and knows sessions, and gives the port that it listens on.
    package func portOnceServing(looksUpSessions: Bool = true) async throws -> Int {
        var port: Int?
        var isLive = false
        var canLookUp = !looksUpSessions
        while true {
            if let port, isLive, canLookUp { return port }
            guard let line = try await nextLine() else {
                throw ServiceEnded(waitedFor: "freshet to serve", exit: try await exit(), tail: tail)
            }
            isLive = isLive || line.contains("The listener is live.")
            canLookUp = canLookUp || line.contains("Sessions can be looked up.")
            port = port ?? line.firstMatch(of: /listening on https?:\/\/[0-9.]+:([0-9]+)/).flatMap { Int($0.1) }
        }
    }
}
