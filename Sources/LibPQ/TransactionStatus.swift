/// Where a connection stands with transactions.
public enum TransactionStatus: Sendable, Hashable {
    /// In no transaction, and nothing runs.
    case idle
    /// A statement runs, in a transaction or not.
    case active
    /// In a transaction that waits for its next statement.
    case inTransaction
    /// In a transaction in which a statement failed: only `rollback`, of all or to a savepoint, is obeyed now.
    case inFailedTransaction
    /// The connection is lost or closed.
    case unknown
}
