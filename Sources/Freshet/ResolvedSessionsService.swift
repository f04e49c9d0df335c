import ServiceLifecycle
import SessionAuth

/// Has the sessions checked that the application vouches for.
struct ResolvedSessionsService: Service {
    let sessions: ResolvedSessions

    /// Whether what happens to them would be heard.
    let isListening: @Sendable () -> Bool

    func run() async throws { await sessions.run(isListening: isListening) }
}
