import HTTPTypes
package import Hummingbird
package import Invalidation
import SessionAuth

/// Who is asking, as one way of serving finds out, and the checks that every route under the base path begins with: origin
/// first, then who it is (CONTRACT.md §6).
package protocol Gate<Context>: Sendable {
    associatedtype Context: RequestContext

    var origins: OriginPolicy { get }
    var audit: Audit { get }

    /// Whether sessions can be found out at all.
    var isReachable: Bool { get }

    /// Whether a browser may have sent a request by itself, as it does with a cookie, whoever made it do so.
    func isForgeable(_ request: Request) throws(Problem) -> Bool

    /// The session of whoever sent a request whose origin has been checked; one of nobody's where those may ask. Whoever gets
    /// it gives it back with ``release(_:)``.
    ///
    /// - Throws: a ``Problem``, or what the application itself throws.
    func session(of request: Request, _ context: Context) async throws -> LiveSession

    func release(_ session: LiveSession)
}

extension Gate {
    /// The session of an administrator, for the length of one request.
    func withAdministrator<Result>(
        _ request: Request,
        _ context: Context,
        _ body: (Session) async throws -> Result
    ) async throws -> Result {
        let (live, session) = try await administrator(request, context)
        defer { release(live) }
        return try await body(session)
    }

    /// The same for as long as somebody needs it, who then gives it back with ``release(_:)``.
    ///
    /// A cookie is sent by the browser whoever asks, so a request that changes something also needs a content type that
    /// no HTML form can send.
    func administrator(_ request: Request, _ context: Context) async throws -> (LiveSession, Session) {
        try check(request)
        if try isForgeable(request), request.method != .get, !Self.isJSON(request.headers[.contentType]) {
            throw Problem(.unsupportedMediaType, "A request with a cookie needs Content-Type: application/json.")
        }
        let live = try await session(of: request, context)
        do {
            return (live, try administrator(live, request))
        } catch {
            release(live)
            throw error
        }
    }

    /// The session of whoever asks, for the length of one request.
    func withSession<Result>(
        _ request: Request,
        _ context: Context,
        _ body: (LiveSession) throws -> Result
    ) async throws -> Result {
        try check(request)
        let live = try await session(of: request, context)
        defer { release(live) }
        guard live.ended == nil else { throw Problem.unauthorized }
        return try body(live)
    }

    func check(_ request: Request) throws(Problem) {
        try origins.check(request.headers, authority: request.head.authority)
    }

    private func administrator(_ live: LiveSession, _ request: Request) throws(Problem) -> Session {
        guard let session = live.session, live.ended == nil else { throw .unauthorized }
        guard session.isAdmin else {
            audit.refused(session, request.head)
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
