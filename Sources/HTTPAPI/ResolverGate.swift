import HTTPTypes
package import Hummingbird
package import Invalidation
package import Logging
package import SessionAuth

/// The gate of a server that Freshet is part of: the application decides who asks.
package struct ResolverGate<Context: RequestContext>: Gate {
    /// What the application says of a request.
    package enum Resolution: Sendable {
        /// - Parameter question: how to ask for it again; nil where that cannot be done.
        case session(Session, ResolvedSessions.Question?)

        /// It is nobody's, and may hear `global`.
        case anonymous
        case unauthorized

        /// It cannot say for now.
        case unavailable
    }

    package let origins: OriginPolicy
    package let audit: Audit
    private let sessions: ResolvedSessions
    private let resolve: @Sendable (Request, Context) async throws -> Resolution

    package init(
        origins: OriginPolicy,
        sessions: ResolvedSessions,
        logger: Logger,
        resolve: @escaping @Sendable (Request, Context) async throws -> Resolution
    ) {
        self.origins = origins
        audit = Audit(logger: logger)
        self.sessions = sessions
        self.resolve = resolve
    }

    package var isReachable: Bool { true }

    /// A page can make a browser send a cookie along, and no bearer token.
    package func isForgeable(_ request: Request) throws(Problem) -> Bool {
        request.headers[.authorization]?.lowercased().hasPrefix("bearer ") != true
    }

    package func session(of request: Request, _ context: Context) async throws -> LiveSession {
        let visit = sessions.visit()
        do {
            switch try await resolve(request, context) {
            case .session(let session, let question):
                guard session.expiresAt.map({ $0 > Uptime.now }) ?? true else { throw Problem.unauthorized }
                guard let live = sessions.enter(session, asking: question, since: visit) else {
                    throw Problem.unavailable
                }
                return live
            case .anonymous:
                sessions.leave(visit)
                return LiveSession(nil)
            case .unauthorized: throw Problem.unauthorized
            case .unavailable: throw Problem.unavailable
            }
        } catch {
            sessions.leave(visit)
            throw problem(for: error)
        }
    }

    /// An error that says nothing of HTTP is a database that is away, or the like: for a page's EventSource a status of 500
    /// would be the end for good.
    private func problem(for error: any Error) -> any Error {
        switch error {
        case is Problem, is any HTTPResponseError, is CancellationError: return error
        default:
            audit.noteUnanswered(error)
            return Problem.unavailable
        }
    }

    package func release(_ session: LiveSession) { sessions.release(session) }
}
