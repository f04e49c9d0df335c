// Freshet behind an application's own middleware: the application decides who asks.

import Foundation
import Freshet
import Hummingbird
import LibPQ

struct User: Sendable {
    let id: String
    let tenant: String
    let isAdmin: Bool
}

struct AppContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var identity: User?

    init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }
}

/// Stands for whatever the application has; here the user is whom the environment names.
struct SessionMiddleware: RouterMiddleware {
    func handle(
        _ request: Request,
        context: AppContext,
        next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.identity = ProcessInfo.processInfo.environment["USER_ID"].map {
            User(id: $0, tenant: "acme", isAdmin: false)
        }
        return try await next(request, context)
    }
}

let url = ProcessInfo.processInfo.environment["DATABASE_URL"] ?? ""
let router = Router(context: AppContext.self)

// snippet.mount
let freshet = try Freshet(database: .conninfo(url), configuration: .init(basePath: "/api/invalidator"))
router.group().add(middleware: SessionMiddleware())
    .addRoutes(
        freshet.routes { request, context in
            guard let user = context.identity else { return .unauthorized }
            return .session(user: user.id, isAdmin: user.isAdmin, scopes: ["tenant/\(user.tenant)"])
        }
    )
let app = Application(router: router, services: [freshet])
// snippet.end

try await app.runService()
