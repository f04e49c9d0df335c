import HTTPTypes
import Invalidation
import NIOCore
import SessionAuth

/// The checks that every route under the base path begins with, in their order: origin first, then the credential, and
/// only then a lookup (CONTRACT.md §6).
struct Gate: Sendable {
    /// Who asks, before anybody has been looked up.
    enum Claimant: Sendable {
        case anonymous
        case credential(Credential, isCookie: Bool)
    }

    let origins: OriginPolicy
    let sessions: Sessions
    private let credentials: CredentialReader
    private let allowsAnonymous: Bool
    private let audit: Audit
    private let failures: FailureLimit
    private let proxies: TrustedProxies

    init(_ configuration: APIConfiguration, sessions: Sessions, audit: Audit) {
        origins = OriginPolicy(allowed: configuration.allowedOrigins)
        credentials = CredentialReader(cookies: configuration.cookies, decodesCookies: configuration.decodesCookies)
        allowsAnonymous = configuration.allowsAnonymous
        self.sessions = sessions
        self.audit = audit
        failures = FailureLimit(configuration.failuresPerMinute)
        proxies = configuration.trustedProxies
    }

    func claimant(_ request: HTTPRequest) throws(Problem) -> Claimant {
        let authority = request.authority ?? request.headerFields[.init("Host") ?? .origin]
        try origins.check(request.headerFields, authority: authority)
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

    /// The session of an administrator, for the length of one request.
    ///
    /// A cookie is sent by the browser whoever asks, so a request that changes something also needs a content type that
    /// no HTML form can send.
    func withAdministrator<Result>(
        _ request: HTTPRequest,
        from peer: SocketAddress?,
        _ body: (Session) async throws -> Result
    ) async throws -> Result {
        let (live, session) = try await administrator(request, from: peer)
        defer { sessions.release(live) }
        return try await body(session)
    }

    /// The same for as long as somebody needs it, who then gives it back with `Sessions.release`.
    func administrator(
        _ request: HTTPRequest,
        from peer: SocketAddress?
    ) async throws -> (LiveSession, Session) {
        guard case .credential(let credential, let isCookie) = try claimant(request) else { throw Problem.unauthorized }
        if isCookie, request.method != .get, !Self.isJSON(request.headerFields[.contentType]) {
            throw Problem(.unsupportedMediaType, "A request with a cookie needs Content-Type: application/json.")
        }
        let live = try await session(of: credential, request, from: peer)
        do {
            return (live, try administrator(live, request))
        } catch {
            sessions.release(live)
            throw error
        }
    }

    /// The session of whoever asks, for the length of one request; one of nobody's where those without a credential are
    /// allowed.
    func withSession<Result>(
        _ request: HTTPRequest,
        from peer: SocketAddress?,
        _ body: (LiveSession) throws -> Result
    ) async throws -> Result {
        switch try claimant(request) {
        case .anonymous: return try body(LiveSession(nil))
        case .credential(let credential, _):
            let live = try await session(of: credential, request, from: peer)
            defer { sessions.release(live) }
            guard live.ended == nil else { throw Problem.unauthorized }
            return try body(live)
        }
    }

    /// Looks a credential up; who gets the session gives it back with `Sessions.release`.
    private func session(
        of credential: Credential,
        _ request: HTTPRequest,
        from peer: SocketAddress?
    ) async throws(Problem) -> LiveSession {
        try admit(credential, from: peer, request)
        switch await sessions.authenticate(credential) {
        case .session(let live): return live
        case .unavailable: throw .unavailable
        case .refused:
            noteFailure(from: peer, request)
            throw .unauthorized
        }
    }

    private func administrator(_ live: LiveSession, _ request: HTTPRequest) throws(Problem) -> Session {
        guard let session = live.session, live.ended == nil else { throw .unauthorized }
        guard session.isAdmin else {
            audit.refused(session, request)
            throw .forbidden
        }
        return session
    }

    private static func isJSON(_ contentType: String?) -> Bool {
        contentType?.prefix { $0 != ";" }.trimming(while: { $0 == " " }).lowercased() == "application/json"
    }
}

extension Substring {
    fileprivate func trimming(while predicate: (Character) -> Bool) -> Substring {
        var rest = drop(while: predicate)
        while let last = rest.last, predicate(last) { rest.removeLast() }
        return rest
    }
}
