/// Where a connection stands with transactions.
public enum TransactionStatus: Sendable, Hashable {
    case idle
    case active
    case inTransaction
    case inFailedTransaction
    /// The connection is lost or closed.
    case unknown
}
