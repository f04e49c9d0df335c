import Invalidation
import LibPQ

/// One row of `freshet.event`.
enum LogEntry: Sendable, Hashable {
    case invalidation(Invalidation)

    /// A request to look at sessions again: its scope is one that nobody can be granted.
    case signal(SessionSignal)

    /// A row that this version does not understand, and what is told in its place.
    case unreadable(Invalidation)

    /// The columns that the initialiser below reads, of the table `e`.
    static let columns = "e.xid::text, e.scope, e.tags::text, e.origin"

    /// What cannot be read is not passed over: it may be a newer version's, whose service is not running yet, and counts
    /// as anything for everybody.
    init(xid: String, scope: String, tags: String, origin: String?) {
        let transaction = UInt64(digits: xid.utf8)
        if let signal = Self.signal(scope, tags) {
            self = .signal(signal)
        } else if let list = try? TagList(json: tags), let scope = Scope(text: scope),
            list.coversAll || !list.tags.isEmpty
        {
            self = .invalidation(
                Invalidation(tags: list.tags, scope: scope, xid: transaction, origin: origin, coversAll: list.coversAll)
            )
        } else {
            self = .unreadable(Invalidation(tags: [], scope: .everyone, xid: transaction, coversAll: true))
        }
    }

    /// What it tells of, if anything.
    var invalidation: Invalidation? {
        switch self {
        case .invalidation(let told), .unreadable(let told): told
        case .signal: nil
        }
    }

    private static func signal(_ scope: String, _ ids: String) -> SessionSignal? {
        guard scope == "session" || scope == "user" else { return nil }
        var id: String?
        do throws(JSONScanner.Failure) {
            var scanner = JSONScanner(ids)
            try scanner.array { (scanner) throws(JSONScanner.Failure) in id = try scanner.string() }
        } catch {
            return .all
        }
        guard let id, id != "*" else { return .all }
        return scope == "session" ? .session(id) : .user(id)
    }
}
