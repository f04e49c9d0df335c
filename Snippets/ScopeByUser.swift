// Scopes that follow from who the user is: the tenants that they are a member of. With
// `select freshet.watch_scopes('membership', ':user_id')` a change of memberships is heard of at once.

import Foundation
import Freshet
import Hummingbird
import LibPQ

/// A connection a question, for brevity; a server would have a pool. The application's table:
/// `membership (user_id text, tenant text)`.
struct Memberships: Sendable {
    let database: ConnectionInfo

    func scopes(of user: String) async throws -> [String] {
        try await Connection.withConnection(database) { connection in
            let rows = try await connection.query(
                "select 'tenant/' || tenant from membership where user_id = $1",
                [.text(user)]
            )
            return try rows.map { try $0.decode(at: 0, as: String.self) }
        }
    }
}

let database = try ConnectionInfo(ProcessInfo.processInfo.environment["DATABASE_URL"] ?? "")
let memberships = Memberships(database: database)
let freshet = try Freshet(database: database)

// snippet.routes
@Sendable func answer(for user: String) async -> SessionAnswer {
    do {
        return .session(
            user: user,
            scopes: try await memberships.scopes(of: user),
            // Asked when a membership has changed. Who hears more, or less, than before is told to refetch.
            recheck: { await answer(for: user) }
        )
    } catch {
        return .unavailable
    }
}

let router = Router()
router.addRoutes(
    freshet.routes { request, _ in
        // The proxy in front has signed the user in, and lets no client set this field.
        guard let user = request.headers[.init("X-Authenticated-User") ?? .from] else { return .unauthorized }
        return await answer(for: user)
    }
)
// snippet.end

try await Application(router: router, services: [freshet]).runService()
