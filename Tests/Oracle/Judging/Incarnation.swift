/// One life of the database server, from a start, a recovery or a promotion to the next.
///
/// Transactions that were not flushed when the server crashed, or had not come to the standby, are gone, and their ids
/// are given out again. So an id names a transaction only together with this.
package struct Incarnation: Sendable, Hashable, Comparable {
    /// The WAL timeline, which a promotion raises, and when the checkpointer began, which each start does; as text that
    /// sorts in the order of time.
    package let text: String

    package init(_ text: String) { self.text = text }

    /// The expression that gives it.
    static let sql = """
        (select left(pg_walfile_name(pg_current_wal_lsn()), 8) || '.' || to_char(backend_start at time zone 'utc', 'YYYYMMDDHH24MISSUS')
           from pg_stat_activity where backend_type = 'checkpointer')
        """

    package static func < (a: Incarnation, b: Incarnation) -> Bool { a.text < b.text }
}
