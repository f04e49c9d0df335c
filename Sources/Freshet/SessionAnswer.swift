import Foundation
import HTTPAPI
import Invalidation
import SessionAuth

/// Who asks, as an application says that has its own way to find out (CONTRACT.md §1).
///
/// It has the powers of a row of a session table: an end, an administrator's rights, further scopes, and an id by which
/// `freshet.watch_sessions` takes it back at once.
public struct SessionAnswer: Sendable {
    enum Content: Sendable {
        case session(Session, expiresAt: Double?, recheck: (@Sendable () async -> SessionAnswer)?)
        case anonymous
        case unauthorized
        case unavailable
    }

    let content: Content

    /// It is a user's: they hear `global`, `user/<user>`, and `scopes`.
    ///
    /// - Parameters:
    ///   - user: their id. An empty one is nobody's session.
    ///   - id: what the templates of `freshet.watch_sessions` make of the session's row; nil where nothing takes it back but its
    ///     end, a change of what `freshet.watch_scopes` watches for its user, or `recheck`. Not what signs in.
    ///   - isAdmin: whether they may pause, disable tags, and see who hears what.
    ///   - scopes: what else they hear, such as `tenant/acme`. One that is no scope, or is `*`, grants nothing.
    ///   - expiresAt: when it ends, in seconds since 1970; nil where it does not end by itself.
    ///   - recheck: asks for it again: when a watched row has changed, when it has come to its end, after a time without the
    ///     database, and once every `recheck` interval. Its answer decides what becomes of the open streams, which are told
    ///     nothing meanwhile; so it has to look the session up, and not say again what was known before. It returns within
    ///     seconds, and is cancelled after ten. Nil: where the session may have changed its streams end, and their clients come
    ///     back with a request of their own. An answer that names another user ends them too; a `recheck` of that answer itself
    ///     is passed over.
    public static func session(
        user: String,
        id: String? = nil,
        isAdmin: Bool = false,
        scopes: [String] = [],
        expiresAt: Double? = nil,
        recheck: (@Sendable () async -> SessionAnswer)? = nil
    ) -> SessionAnswer {
        guard !user.isEmpty else { return .unauthorized }
        let session = Session(userID: user, sessionID: id, isAdmin: isAdmin, scopes: scopes)
        return SessionAnswer(content: .session(session, expiresAt: expiresAt, recheck: recheck))
    }

    /// It is nobody's, and hears `global`. From a `recheck`, or an endpoint: there is no session any more.
    public static let anonymous = SessionAnswer(content: .anonymous)

    /// It may hear nothing: 401.
    public static let unauthorized = SessionAnswer(content: .unauthorized)

    /// Nobody can say for now: a stream is told to come back in some seconds, an open one stays for a while.
    public static let unavailable = SessionAnswer(content: .unavailable)
}

extension SessionAnswer {
    /// What the gate of a request makes of it.
    func resolution<Context>() -> ResolverGate<Context>.Resolution {
        switch content {
        case .anonymous: return .anonymous
        case .unauthorized: return .unauthorized
        case .unavailable: return .unavailable
        case .session(let session, let end, let recheck):
            var question: ResolvedSessions.Question?
            if let recheck { question = { await recheck().lookupResult } }
            return .session(Self.ending(session, end), question)
        }
    }

    /// What a check of open streams makes of it.
    private var lookupResult: LookupResult {
        switch content {
        case .anonymous, .unauthorized: .none
        case .unavailable: .unanswered
        case .session(let session, let end, _): .session(Self.ending(session, end))
        }
    }

    private static func ending(_ session: Session, _ end: Double?) -> Session {
        guard let end else { return session }
        return session.ending(by: Uptime.now + end - Date().timeIntervalSince1970)
    }
}
