/// Why the listener gives a connection up.
enum ListenerError: Error, CustomStringConvertible {
    /// The heartbeat did not come back in time: the connection is half open, or LISTEN does not reach it.
    case silent(Duration)

    /// More notifications came than are held; the log is read instead.
    case overflow

    /// The log has lost rows that were not read: they outlived `history` before this service came to them.
    case pruned

    /// The database answered something that this version does not understand.
    case unreadable(String)

    var description: String {
        switch self {
        case .silent(let duration):
            "No heartbeat has come back for \(duration): the connection is dead, or a transaction pooler stands between."
        case .overflow: "More notifications came at once than are held; the log is read instead."
        case .pruned: "The log was pruned before it was read; the stream begins anew."
        case .unreadable(let what): "The database is not of this version: \(what). Run migrations/apply.sql again."
        }
    }
}
