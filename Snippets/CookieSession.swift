// A session in a cookie, found by a middleware of the application's own. A logout deletes the row, and with
// `select freshet.watch_sessions('app_session', ':id')` the stream ends at once.

import Foundation
import Freshet
import Hummingbird
import LibPQ

struct AppSession: Sendable {
    let id: String
    let user: String
    let secondsLeft: Double
}

/// A connection a question, for brevity; a server would have a pool. The application's table:
/// `app_session (id text, token_sha256 bytea, user_id text, expires_at timestamptz)`.
struct AppSessions: Sendable {
    let database: ConnectionInfo

    func find(_ token: String) async throws -> AppSession? {
        try await Connection.withConnection(database) { connection in
            let rows = try await connection.query(
                """
                select id, user_id, extract(epoch from expires_at - now())::float8
                from app_session where token_sha256 = sha256(convert_to($1, 'UTF8')) and expires_at > now()
                """,
                [.text(token)]
            )
            guard let row = rows.first else { return nil }
            let (id, user, secondsLeft) = try row.decode(String.self, String.self, Double.self)
            return AppSession(id: id, user: user, secondsLeft: secondsLeft)
        }
    }
}

// snippet.middleware
struct AppContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var token: String?
    var session: AppSession?
    var isDatabaseAway = false

    init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }
}

struct SessionMiddleware: RouterMiddleware {
    let sessions: AppSessions

    func handle(
        _ request: Request,
        context: AppContext,
        next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let token = request.cookies["app_session"]?.value {
            context.token = token
            do { context.session = try await sessions.find(token) } catch { context.isDatabaseAway = true }
        }
        return try await next(request, context)
    }
}
// snippet.end

let database = try ConnectionInfo(ProcessInfo.processInfo.environment["DATABASE_URL"] ?? "")
let sessions = AppSessions(database: database)
let freshet = try Freshet(database: database)

// snippet.routes
@Sendable func answer(_ session: AppSession?, token: String) -> SessionAnswer {
    guard let session else { return .unauthorized }
    return .session(
        user: session.user,
        id: session.id,
        expiresAt: Date().timeIntervalSince1970 + session.secondsLeft,
        // Asked when the row has changed: a session that was only extended goes on, with its new end.
        recheck: {
            do { return answer(try await sessions.find(token), token: token) } catch { return .unavailable }
        }
    )
}

let router = Router(context: AppContext.self)
router.group()
    .add(middleware: SessionMiddleware(sessions: sessions))
    .addRoutes(
        freshet.routes { _, context in
            // A stream is told to come back. To an error of the middleware's a browser would not.
            context.isDatabaseAway ? .unavailable : answer(context.session, token: context.token ?? "")
        }
    )
// snippet.end

try await Application(router: router, services: [freshet]).runService()
