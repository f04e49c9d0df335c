import Invalidation
import LibPQ

/// One row of `freshet.event`.
enum LogEntry: Sendable, Hashable {
    case invalidation(Invalidation)

    /// A request to look at sessions again: its scope is one that nobody can be granted.
    case signal(SessionSignal)

    /// The columns that the initialiser below reads, of the table `e`.
    static let columns = "e.xid::text, e.scope, e.tags::text, e.origin"

    /// - Throws: ``ListenerError/unreadable(_:)``. The log is written by Freshet's own functions; what cannot be read is
    ///   not passed over in silence.
    init(xid: String, scope: String, tags: String, origin: String?) throws {
        if let signal = Self.signal(scope, tags) {
            self = .signal(signal)
            return
        }
        guard let list = try? TagList(json: tags), let parsed = Scope(text: scope) else {
            throw ListenerError.unreadable("freshet.event has the tags '\(tags)' in the scope '\(scope)'")
        }
        self = .invalidation(
            Invalidation(
                tags: list.tags,
                scope: parsed,
                xid: UInt64(digits: xid.utf8),
                origin: origin,
                coversAll: list.coversAll
            )
        )
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
