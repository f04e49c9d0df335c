/// Why something asked of PostgreSQL was not done.
///
/// A cancelled task gets `CancellationError` instead, as everywhere in Swift.
public enum PostgresError: Error, Sendable, Hashable {
    /// The server refused a statement; the connection is as good as before.
    case server(ServerMessage)
    /// There is no connection: it could not be made, or it was lost. Whether a statement that was under way has been
    /// executed is not known.
    case connection(String)
    /// The connection was closed on this side.
    case closed
    /// Too many queries wait on one connection; this one was not sent.
    case queueFull(limit: Int)
    /// A statement that this library cannot carry (COPY); it was not executed.
    case unsupported(String)
    /// A parameter that cannot be sent.
    case invalidParameter(index: Int, reason: String)
    /// A value that is not what the caller reads it as.
    case decoding(column: String, type: PostgresType, expected: String, reason: String)
    /// The server or libpq answered in a way that the protocol does not allow.
    case protocolViolation(String)

    /// Whether there is no connection any more: another one has to be made.
    public var isLoss: Bool {
        switch self {
        case .connection, .closed, .protocolViolation: true
        case .server, .queueFull, .unsupported, .invalidParameter, .decoding: false
        }
    }

    /// The SQLSTATE of a statement that the server refused.
    public var sqlState: String? {
        if case .server(let message) = self { message.sqlState } else { nil }
    }
}

extension PostgresError: CustomStringConvertible {
    /// One sentence. The server's message is in it, and may quote a value; the server's detail is not.
    public var description: String {
        switch self {
        case .server(let message):
            "PostgreSQL refused the statement: \(message)"
        case .connection(let reason):
            "There is no connection to PostgreSQL: \(reason)"
        case .closed:
            "The connection to PostgreSQL has been closed."
        case .queueFull(let limit):
            "\(limit) queries wait on this connection already; this one was not sent."
        case .unsupported(let what):
            "\(what) is not supported on this connection."
        case .invalidParameter(let index, let reason):
            "Parameter $\(index) cannot be sent: \(reason)"
        case .decoding(let column, let type, let expected, let reason):
            "Column \"\(column)\" (\(type)) cannot be read as \(expected): \(reason)"
        case .protocolViolation(let reason):
            "PostgreSQL answered out of turn: \(reason)"
        }
    }
}
