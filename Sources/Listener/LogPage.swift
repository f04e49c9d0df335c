/// What one statement of a poll has read, of one snapshot.
struct LogPage: Sendable {
    /// Whether delivery is `poll`.
    let polled: Bool

    /// How often the delivery has been switched.
    let switches: UInt64

    /// From which transaction on the log is complete; nil where that is not known.
    let completeFrom: UInt64?

    /// The version of the controls that holds for these entries.
    let controls: UInt64

    /// What the poll has read when this is the last of its pages.
    let snapshot: Snapshot
    let entries: [LogEntry]

    /// Whether it is the first of its poll's pages, and the last.
    let isFirst: Bool
    let isLast: Bool
}

/// Which rows of the log a poll is to read.
struct LogRequest: Sendable, Hashable {
    /// Rows of transactions that this shows have been read.
    let seen: Snapshot

    /// Rows of transactions from here on are none of the poll's business; nil where all are.
    let limit: UInt64?

    /// Whether only the log's state is asked for, and no row.
    let statusOnly: Bool

    /// Tells it from the requests of other states of the cursor.
    let generation: Int

    /// How many words about the settings had come before it.
    let suspicions: Int

    /// How many of the notifications that wait for a poll had come before it.
    var heard = 0
}
