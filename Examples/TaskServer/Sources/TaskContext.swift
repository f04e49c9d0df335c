import Hummingbird

/// What a route knows of a request: whose it is.
struct TaskContext: RequestContext {
    var coreContext: CoreRequestContextStorage

    /// What the request came with; nil where it came with nothing.
    var token: String?

    /// Nil where the token is none.
    var session: AccountSession?

    /// Whether nobody could say whose the token is.
    var isDatabaseAway = false

    init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }

    /// - Throws: 401, or 503 where nobody can say.
    func account() throws -> String {
        guard !isDatabaseAway else { throw HTTPError(.serviceUnavailable, message: "The database does not answer.") }
        guard let session else { throw HTTPError(.unauthorized, message: "Sign in first.") }
        return session.account
    }
}
