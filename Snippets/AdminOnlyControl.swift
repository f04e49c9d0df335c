// Who may pause, disable tags, invalidate by hand and see the operator's page: whoever the application says is an
// administrator. For everybody else those routes answer 403.

import Foundation
import Freshet
import Hummingbird
import LibPQ

struct Account: Sendable {
    let id: String
    let isStaff: Bool
}

struct AppContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var account: Account?

    init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }
}

/// The application's own way to find an account; here a fixed one for each of two tokens.
struct AccountMiddleware: RouterMiddleware {
    let accounts: [String: Account]

    func handle(
        _ request: Request,
        context: AppContext,
        next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let token = request.headers[.authorization].map { $0.dropFirst("Bearer ".count) }
        context.account = token.flatMap { accounts[String($0)] }
        return try await next(request, context)
    }
}

let environment = ProcessInfo.processInfo.environment
let freshet = try Freshet(database: .conninfo(environment["DATABASE_URL"] ?? ""))
var accounts: [String: Account] = [:]
if let token = environment["STAFF_TOKEN"] { accounts[token] = Account(id: "1", isStaff: true) }
if let token = environment["USER_TOKEN"] { accounts[token] = Account(id: "2", isStaff: false) }

let router = Router(context: AppContext.self)
// snippet.routes
router.group()
    .add(middleware: AccountMiddleware(accounts: accounts))
    .addRoutes(
        freshet.routes { _, context in
            guard let account = context.account else { return .unauthorized }
            return .session(user: account.id, isAdmin: account.isStaff)
        }
    )
// snippet.end

// The application itself needs no administrator to invalidate.
router.group()
    .add(middleware: AccountMiddleware(accounts: accounts))
    .post("/prices") { _, context in
        guard context.account != nil else { throw HTTPError(.unauthorized) }
        return try await freshet.invalidate(tags: [Tag("prices")]).text
    }

try await Application(router: router, services: [freshet]).runService()
