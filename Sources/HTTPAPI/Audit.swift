import HTTPTypes
import Invalidation
import Logging
import Synchronization

/// Who did what, and who was not allowed to: one line each in the log.
package final class Audit: Sendable {
    private let logger: Logger
    private let hasWarned = Atomic(false)

    init(logger: Logger) { self.logger = logger }

    /// - Parameter what: what it was done to.
    func acted(_ session: Session, _ request: HTTPRequest, _ what: String) {
        logger.notice(
            "An administrator acted.",
            metadata: ["user": "\(session.userID)", "action": "\(Self.action(request))", "what": "\(what)"]
        )
    }

    func refused(_ session: Session, _ request: HTTPRequest) {
        logger.warning(
            "An action was refused: the session is no administrator's.",
            metadata: ["user": "\(session.userID)", "action": "\(Self.action(request))"]
        )
    }

    /// The application did not say who asks.
    func noteUnanswered(_ error: any Error) {
        logger.warning(
            "The application failed to say who asks; the client is told to come back.",
            metadata: ["error": "\(error)"]
        )
    }

    /// Said once: whoever does not name the proxy has all its clients counted as one.
    func warnOfProxy(_ address: ClientAddress) {
        guard !hasWarned.exchange(true, ordering: .relaxed) else { return }
        logger.warning(
            "X-Forwarded-For comes from an address that is not trusted, and is passed over.",
            metadata: ["address": "\(address)", "advice": "if that is your proxy, name it: --trusted-proxy"]
        )
    }

    /// The method and the path, without a query: whoever puts a secret there by mistake does not find it in a log.
    private static func action(_ request: HTTPRequest) -> String {
        "\(request.method.rawValue) \((request.path ?? "").prefix { $0 != "?" })"
    }
}
