/// An error or a notice as the server wrote it.
///
/// The fields are those of the manual's page "Error and Notice Message Fields".
public struct ServerMessage: Error, Sendable, Hashable {
    /// `ERROR`, `FATAL`, `PANIC`, or `WARNING`, `NOTICE`, …, never translated.
    public var severity: String
    /// Five characters, such as `23505` (unique violation).
    public var sqlState: String
    public var message: String
    public var detail: String?
    public var hint: String?
    /// The call stack of functions and statements in which it happened, innermost first.
    public var context: String?
    /// Where in the statement, in characters from 1.
    public var position: Int?
    public var schema: String?
    public var table: String?
    public var column: String?
    public var constraint: String?

    /// Whether the server ends the connection with this message.
    var isFatal: Bool { severity == "FATAL" || severity == "PANIC" }
}

extension ServerMessage: CustomStringConvertible {
    /// The message and its SQLSTATE in one line, without detail, which can hold data of rows.
    public var description: String {
        "\(message) (SQLSTATE \(sqlState))"
    }
}
