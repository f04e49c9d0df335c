import HTTPTypes
import Invalidation
import Logging

/// Who did what, and who was not allowed to: one line each in the log.
struct Audit: Sendable {
    let logger: Logger

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

    /// The method and the path, without a query: whoever puts a secret there by mistake does not find it in a log.
    private static func action(_ request: HTTPRequest) -> String {
        "\(request.method.rawValue) \((request.path ?? "").prefix { $0 != "?" })"
    }
}
