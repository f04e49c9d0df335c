/// An error or a notice as the server wrote it.
///
/// The fields are those of the manual's page "Error and Notice Message Fields".
public struct ServerMessage: Error, Sendable, Hashable {
    /// `ERROR`, `FATAL`, `PANIC`, or `WARNING`, `NOTICE`, …, never translated.
    public var severity: String
    /// Five characters, such as `23505` (unique violation).
    public var sqlState: String
    /// What went wrong, most often in one line, and in the server's language (`lc_messages`): tell errors apart by
    /// ``sqlState``.
    public var message: String
    /// More, perhaps several lines, which can hold data of rows: keep it out of logs.
    public var detail: String?
    /// What the server would try.
    public var hint: String?
    /// The call stack of functions and statements in which it happened, innermost first.
    public var context: String?
    /// Where in the statement, in characters from 1.
    public var position: Int?
    /// The schema of the ``table``, or of the type that the error is about.
    public var schema: String?
    /// The table that the error is about, as for a violated constraint; nil for most errors.
    public var table: String?
    /// The column of the ``table``, as for a null where there must be none.
    public var column: String?
    /// The constraint that was violated; an index counts as one, even if no `alter table` made it.
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
