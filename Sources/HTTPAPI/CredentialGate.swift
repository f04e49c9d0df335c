import HTTPTypes
package import Hummingbird
package import Invalidation
package import Logging
package import SessionAuth

/// The gate of the service that looks sessions up itself.
package struct CredentialGate<Context: RemoteAddressRequestContext>: Gate {
    let credentials: CredentialCheck

    package init(_ configuration: APIConfiguration, _ access: CredentialAccess, sessions: Sessions, logger: Logger) {
        credentials = CredentialCheck(configuration, access, sessions: sessions, audit: Audit(logger: logger))
    }

    package var origins: OriginPolicy { credentials.origins }
    package var audit: Audit { credentials.audit }
    package var isReachable: Bool { credentials.sessions.isReachable }

    package func isForgeable(_ request: Request) throws(Problem) -> Bool {
        switch try credentials.claimant(request.head) {
        case .credential(_, let isCookie): isCookie
        case .anonymous: false
        }
    }

    package func session(of request: Request, _ context: Context) async throws -> LiveSession {
        try await credentials.session(of: request.head, from: context.remoteAddress)
    }

    package func release(_ session: LiveSession) { credentials.sessions.release(session) }
}
