import HTTPTypes
import Hummingbird
import LibPQ

/// Finds the session of a request, by a bearer token or by the cookie `account_session`.
struct SessionMiddleware: RouterMiddleware {
    let sessions: AccountSessions

    func handle(
        _ request: Request,
        context: TaskContext,
        next: (Request, TaskContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let token = Self.token(of: request) {
            context.token = token
            do {
                context.session = try await sessions.find(token)
            } catch is PostgresError {
                // Each route says what that means: a stream must not, with an error for which a browser gives up.
                context.isDatabaseAway = true
            }
        }
        return try await next(request, context)
    }

    private static func token(of request: Request) -> String? {
        if let authorization = request.headers[.authorization], authorization.lowercased().hasPrefix("bearer ") {
            return String(authorization.dropFirst("bearer ".count))
        }
        return request.cookies["account_session"]?.value
    }
}
