import Invalidation
import SessionAuth

/// Somebody else who knows sessions, for a ``FreshetServer`` that does not look them up itself: the application, or an OAuth
/// server (`--auth-url`, `--introspection-url`).
public protocol SessionEndpoint: Sendable {
    /// Asks whose credential this is. It is asked when a stream is opened and again at each check; an answer is kept for five
    /// seconds, and not for a check.
    ///
    /// `anonymous` counts as no session there, and a `recheck` is passed over: it is this that is asked again.
    ///
    /// It returns within its own time limit, a few seconds, and follows no redirect. Cancellation ends it at once. It may be
    /// asked many times at once.
    func answer(to credential: PresentedCredential) async throws(EndpointFailure) -> SessionAnswer
}

/// An endpoint has answered what cannot be understood: no session, and a line in the log.
public struct EndpointFailure: Error, Sendable {
    /// What is wrong with the answer, without anything of the credential in it.
    public let reason: String

    /// An answer that is wrong for this reason.
    public init(_ reason: String) { self.reason = reason }
}

/// A credential as a client sent it. It is never printed.
public struct PresentedCredential: Sendable {
    /// The cookie's name; nil for a bearer token.
    public let cookie: String?

    /// The cookie's value as it came, or the token.
    public let text: String

    /// One for a test of an endpoint.
    public init(cookie: String? = nil, text: String) {
        self.cookie = cookie
        self.text = text
    }
}

extension PresentedCredential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The same for each.
    public var description: String { "(credential)" }

    /// The same for each.
    public var debugDescription: String { description }

    /// Empty.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// An endpoint as the lookups of sessions ask it.
struct EndpointAdapter: SessionAuth.SessionEndpoint {
    let endpoint: any SessionEndpoint

    func answer(to question: EndpointQuestion) async -> EndpointAnswer {
        do throws(EndpointFailure) {
            let credential = PresentedCredential(cookie: question.cookie, text: question.text)
            switch try await endpoint.answer(to: credential).content {
            case .session(let session, let expiresAt, _): return .session(session, expiresAt: expiresAt)
            case .unauthorized, .anonymous: return .none
            case .unavailable: return .unanswered
            }
        } catch {
            return .failed(error.reason)
        }
    }
}
