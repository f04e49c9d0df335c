/// Everything that one client was told in one round, and what it fetched, in the order in which it happened.
package struct ClientRecord: Sendable {
    package enum Entry: Sendable {
        /// A connection was asked for, with a session's token and the position that it ended with before.
        case asked(session: Int, replica: String, position: String?)
        /// The client fetched everything, and holds it under this filter (empty: all).
        case base(DatabaseSnapshot, filter: [String])
        /// The client forgot what it had, and its position.
        case forgot
        case welcome(resumed: Bool, scopes: [String])
        case invalidate(xids: [UInt64], tags: [String], scopes: [String])
        /// What the client would have seen if it had refetched right after the event before this.
        case glance(DatabaseSnapshot)
        case reset(reason: String)
        case goaway(reason: String)
        case id(StreamPosition)
        case refused(status: Int)
        case closed(String)
        /// What does not follow CONTRACT.md §5.
        case nonsense(String)
    }

    package let client: Int
    package let user: String
    package let grants: Set<String>
    package private(set) var entries: [(at: Moment, entry: Entry)] = []
    /// Whether it had come to the end when the round ended.
    package var hasArrived = false

    package init(client: Int, user: String, grants: Set<String>) {
        self.client = client
        self.user = user
        self.grants = grants
    }

    package mutating func append(_ entry: Entry, at moment: Moment = .now) {
        entries.append((moment, entry))
    }
}

extension ClientRecord.Entry: CustomStringConvertible {
    package var description: String {
        switch self {
        case .asked(let session, let replica, let position):
            "asks replica \(replica) with session \(session) from \(position ?? "nowhere")"
        case .base(let snapshot, let filter):
            "fetches all: \(snapshot)\(filter.isEmpty ? "" : ", filter \(filter)")"
        case .forgot: "forgets all"
        case .welcome(let resumed, let scopes): "welcome resumed=\(resumed) scopes=\(scopes)"
        case .invalidate(let xids, let tags, let scopes):
            "invalidate \(Self.few(xids.map(String.init))) tags=\(Self.few(tags)) scopes=\(scopes)"
        case .glance(let snapshot): "glances: \(snapshot)"
        case .reset(let reason): "reset \(reason)"
        case .goaway(let reason): "goaway \(reason)"
        case .id(let position): "id \(position)"
        case .refused(let status): "refused \(status)"
        case .closed(let why): "closed: \(why)"
        case .nonsense(let what): "nonsense: \(what)"
        }
    }

    private static func few(_ words: [String]) -> String {
        let short = words.prefix(16).map { $0.count > 40 ? $0.prefix(40) + "…" : $0 }.joined(separator: " ")
        return words.count > 16 ? "[\(short) … \(words.count)]" : "[\(short)]"
    }
}
