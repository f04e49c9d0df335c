import Freshet
import HTTPTypes
import Hummingbird
import LibPQ

/// The demo's routes beside the service's, and what all of them have in common.
struct DemoRoutes: Sendable {
    let store: TodoStore
    let announcement: DemoAnnouncement

    func add(to router: Router<ServerContext>) {
        let group = router.group().add(middleware: Doorkeeper(announcement: announcement))
        PageRoutes(announcement: announcement).add(to: group)
        SessionRoutes(store: store, announcement: announcement).add(to: group)
        TodoRoutes(store: store, announcement: announcement).add(to: group)
    }

    /// Refuses what comes by a name that an attacker makes point here (DNS rebinding), and what a page of another site
    /// would do here; says in a word when the database is away.
    private struct Doorkeeper: RouterMiddleware {
        let announcement: DemoAnnouncement

        func handle(
            _ request: Request,
            context: ServerContext,
            next: (Request, ServerContext) async throws -> Response
        ) async throws -> Response {
            guard announcement.isOwn(authority: request.head.authority) else {
                throw HTTPError(.forbidden, message: "The demo is reached as localhost or 127.0.0.1.")
            }
            // A link to the demo may stand anywhere; its answer is for no other page to read.
            if request.method != .get, DemoRoutes.isOfAnotherSite(request) {
                throw HTTPError(.forbidden, message: "The page of another site asks.")
            }
            do {
                return try await next(request, context)
            } catch is PostgresError {
                throw HTTPError(.serviceUnavailable, message: "The demo's database does not answer.")
            }
        }
    }

    /// A browser says so of itself, and a page cannot change it (Fetch Metadata, RFC 6454).
    private static func isOfAnotherSite(_ request: Request) -> Bool {
        let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
        let origin = request.headers[.origin]
        return site.map { $0 != "same-origin" && $0 != "none" } ?? false
            || origin.map { $0 != "http://\(request.head.authority ?? "")" } ?? false
    }

    /// The token that a request comes with.
    static func token(of request: Request) throws -> String {
        let words = request.headers[.authorization]?.split(separator: " ") ?? []
        guard words.count == 2, words[0].lowercased() == "bearer" else {
            throw HTTPError(.unauthorized, message: "This needs the token of a user of the demo.")
        }
        return String(words[1])
    }
}
