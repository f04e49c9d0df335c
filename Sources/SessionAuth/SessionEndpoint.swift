package import Invalidation

/// Somebody else who knows sessions: the application itself, or an OAuth server (`--auth-url`, `--introspection-url`).
package protocol SessionEndpoint: Sendable {
    /// Asks whose credential this is.
    ///
    /// It returns within its own time limit and follows no redirect. Cancellation ends it at once.
    func answer(to question: EndpointQuestion) async -> EndpointAnswer
}

/// A credential as it goes on to an endpoint. It is never printed.
package struct EndpointQuestion: Sendable {
    /// The cookie's name; nil for a bearer token.
    package let cookie: String?

    /// The cookie's value as it came, or the token.
    package let text: String
}

extension EndpointQuestion: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(credential)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

package enum EndpointAnswer: Sendable {
    /// - Parameter expiresAt: of the session, in seconds since 1970; nil where it does not end by itself.
    case session(Session, expiresAt: Double?)
    case none

    /// It answered what cannot be understood: no session, and a line in the log.
    case failed(String)

    /// It did not answer in time, or says that it cannot for now.
    case unanswered
}
