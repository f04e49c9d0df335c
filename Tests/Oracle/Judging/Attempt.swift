/// One attempt of a writer to commit one transaction, and what it has to tell if it does.
package struct Attempt: Sendable {
    /// How far the writer has come with it.
    package enum Stage: Sendable, Hashable {
        case open
        /// Rolled back on purpose or by an error, and never asked to commit.
        case rolledBack
        /// `commit` was sent, and no answer has come: only the ledger knows.
        case asked
        case acknowledged
    }

    /// Unique in a run; the key of its row in the ledger.
    package let number: Int
    package let writer: Int
    package let incarnation: Incarnation
    package let xid: UInt64
    /// Before the transaction had its id.
    package let began: Moment
    package let isSynchronous: Bool
    package let isolation: String

    package var stage = Stage.open
    /// For each scope the tags that went stale, in text form.
    package var told: [String: Set<String>] = [:]
    /// What it did, for whoever has to find out what went wrong.
    package var steps: [String] = []
    /// What the ledger said when the round had ended.
    package var isCommitted = false

    package init(
        number: Int,
        writer: Int,
        incarnation: Incarnation,
        xid: UInt64,
        began: Moment,
        isSynchronous: Bool = true,
        isolation: String = "read committed"
    ) {
        self.number = number
        self.writer = writer
        self.incarnation = incarnation
        self.xid = xid
        self.began = began
        self.isSynchronous = isSynchronous
        self.isolation = isolation
    }
}

extension Attempt: CustomStringConvertible {
    package var description: String {
        let words = told.sorted { $0.key < $1.key }.map { scope, tags in
            "\(scope): \(tags.sorted().prefix(8).joined(separator: " "))\(tags.count > 8 ? " … (\(tags.count))" : "")"
        }
        return """
            attempt \(number) of writer \(writer), transaction \(xid), \(isolation)\
            \(isSynchronous ? "" : ", asynchronous"), \(stage)\(isCommitted ? ", committed" : "")
                told \(words.joined(separator: "; "))
                did \(steps.joined(separator: "; "))
            """
    }
}
