/// An error or a notice as the server wrote it.
///
/// The fields are those of the manual's page "Error and Notice Message Fields".
package struct ServerMessage: Error, Sendable, Hashable {
    /// `ERROR`, `FATAL`, `PANIC`, or `WARNING`, `NOTICE`, …, never translated.
    package var severity: String
    /// Five characters, such as `23505` (unique violation).
    package var sqlState: String
    package var message: String
    package var detail: String?
    package var hint: String?
    /// The call stack of functions and statements in which it happened, innermost first.
    package var context: String?
    /// Where in the statement, in characters from 1.
    package var position: Int?
    package var schema: String?
    package var table: String?
    package var column: String?
    package var constraint: String?

    /// Whether the server ends the connection with this message.
    var isFatal: Bool { severity == "FATAL" || severity == "PANIC" }
}

extension ServerMessage: CustomStringConvertible {
    /// The message and its SQLSTATE in one line, without detail, which can hold data of rows.
    package var description: String {
        "\(message) (SQLSTATE \(sqlState))"
    }
}
