/// One life of the database server, from a start or a recovery to the next: when its checkpointer began.
///
/// Transactions that were not flushed when the server crashed are gone, and their ids are given out again. So an id
/// names a transaction only together with this.
package struct Incarnation: Sendable, Hashable, Comparable {
    package let microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// The expression that gives it.
    static let sql = """
        (select (extract(epoch from backend_start) * 1000000)::bigint from pg_stat_activity
          where backend_type = 'checkpointer')
        """

    package static func < (a: Incarnation, b: Incarnation) -> Bool { a.microseconds < b.microseconds }
}
