/// How much a history holds, and how far back it reaches.
package struct HistorySize: Sendable, Hashable {
    package let entries: Int
    package let bytes: Int

    /// How many transaction ids lie between the oldest position that it can serve and the newest.
    package let transactions: UInt64

    package init(entries: Int, bytes: Int, transactions: UInt64) {
        self.entries = entries
        self.bytes = bytes
        self.transactions = transactions
    }
}
