import HTTPTypes
import Invalidation
import NIOCore
import SessionAuth

/// Finds out who is asking by a credential, which is looked up last: origin first, then what the request carries, then
/// whether its address has failed too often (CONTRACT.md §6).
struct CredentialCheck: Sendable {
    /// Who asks, before anybody has been looked up.
    enum Claimant: Sendable {
        case anonymous
        case credential(Credential, isCookie: Bool)
    }

    let origins: OriginPolicy
    let audit: Audit
    let sessions: Sessions
    private let credentials: CredentialReader
    private let allowsAnonymous: Bool
    private let failures: FailureLimit
    private let proxies: TrustedProxies

    init(_ configuration: APIConfiguration, _ access: CredentialAccess, sessions: Sessions, audit: Audit) {
        origins = OriginPolicy(allowed: configuration.allowedOrigins)
        credentials = CredentialReader(cookies: access.cookies, decodesCookies: access.decodesCookies)
        allowsAnonymous = access.allowsAnonymous
        self.sessions = sessions
        self.audit = audit
        failures = FailureLimit(access.failuresPerMinute)
        proxies = access.trustedProxies
    }

    func checkOrigin(_ request: HTTPRequest) throws(Problem) {
        let authority = request.authority ?? request.headerFields[.init("Host") ?? .origin]
        try origins.check(request.headerFields, authority: authority)
    }

    /// - Precondition: the origin has been checked.
    func claimant(_ request: HTTPRequest) throws(Problem) -> Claimant {
        switch credentials.read(request.headerFields) {
        case .bearer(let credential): return .credential(credential, isCookie: false)
        case .cookie(let credential): return .credential(credential, isCookie: true)
        case .malformed: throw .unauthorized
        case .none:
            guard allowsAnonymous else { throw .unauthorized }
            return .anonymous
        }
    }

    /// Refuses an address that has failed too often, before anything is looked up.
    func admit(_ credential: Credential, from peer: SocketAddress?, _ request: HTTPRequest) throws(Problem) {
        guard !failures.isQuiet, let client = proxies.client(of: peer, request.headerFields),
            let seconds = failures.wait(client), !sessions.knows(credential)
        else { return }
        throw .tooManyFailures(after: seconds)
    }

    /// Counts a credential that was none.
    func noteFailure(from peer: SocketAddress?, _ request: HTTPRequest) {
        guard let client = proxies.client(of: peer, request.headerFields) else { return }
        if proxies.isDoubtful(peer, request.headerFields) { audit.warnOfProxy(client) }
        failures.note(client)
    }

    /// Looks a credential up; who gets the session gives it back with `Sessions.release`.
    func session(of request: HTTPRequest, from peer: SocketAddress?) async throws(Problem) -> LiveSession {
        guard case .credential(let credential, _) = try claimant(request) else { return LiveSession(nil) }
        try admit(credential, from: peer, request)
        switch await sessions.authenticate(credential) {
        case .session(let live): return live
        case .unavailable: throw .unavailable
        case .refused:
            noteFailure(from: peer, request)
            throw .unauthorized
        }
    }
}
