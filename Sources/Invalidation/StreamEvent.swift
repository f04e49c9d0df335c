/// What a stream tells its client (CONTRACT.md §5).
package enum StreamEvent: Sendable, Hashable {
    /// The first event. `resumed` is false where what the client fetched before must count as stale.
    case welcome(user: String?, scopes: [Scope], resumed: Bool)
    case invalidate(tags: [Tag], scopes: [Scope], xids: [UInt64], origin: String?)

    /// The same of one invalidation alone, as it came.
    case single(Invalidation)
    case reset(ResetReason)
    case goaway(GoawayReason)

    /// The value of the SSE field `event`.
    package var name: String {
        switch self {
        case .welcome: "welcome"
        case .invalidate, .single: "invalidate"
        case .reset: "reset"
        case .goaway: "goaway"
        }
    }

    /// Appends the value of the SSE field `data`: one JSON object on one line.
    ///
    /// - Parameter spread: how many milliseconds the client may wait before it refetches; only where it has to refetch.
    package func writeData(to json: inout [UInt8], spread: Int = 0) {
        switch self {
        case .welcome(let user, let scopes, let resumed):
            json.append(contentsOf: #"{"user":"#.utf8)
            if let user { JSONWriter.append(user, to: &json) } else { json.append(contentsOf: "null".utf8) }
            json.append(contentsOf: #","scopes":"#.utf8)
            JSONWriter.append(scopes, to: &json) { JSONWriter.append($0.text, to: &$1) }
            json.append(contentsOf: resumed ? #","resumed":true}"#.utf8 : #","resumed":false}"#.utf8)
        case .invalidate(let tags, let scopes, let xids, let origin):
            Self.append(tags, scopes, xids, origin, to: &json)
            Self.append(spread: spread, to: &json)
            json.append(UInt8(ascii: "}"))
        case .single(let told):
            // `*` is nobody's grant, so it is not named.
            let scopes = CollectionOfOne(told.scope).prefix(told.scope == .everyone ? 0 : 1)
            let xids = CollectionOfOne(told.xid ?? 0).prefix(told.xid == nil ? 0 : 1)
            Self.append(told.tags, scopes, xids, told.origin, to: &json)
            Self.append(spread: spread, to: &json)
            json.append(UInt8(ascii: "}"))
        case .reset(let reason):
            json.append(contentsOf: #"{"reason":"\#(reason.rawValue)""#.utf8)
            Self.append(spread: spread, to: &json)
            json.append(UInt8(ascii: "}"))
        case .goaway(let reason):
            json.append(contentsOf: #"{"reason":"\#(reason.rawValue)"}"#.utf8)
        }
    }

    private static func append(
        _ tags: [Tag],
        _ scopes: some Sequence<Scope>,
        _ xids: some Sequence<UInt64>,
        _ origin: String?,
        to json: inout [UInt8]
    ) {
        json.append(contentsOf: #"{"tags":"#.utf8)
        JSONWriter.append(tags, to: &json) { $0.write(to: &$1) }
        json.append(contentsOf: #","scopes":"#.utf8)
        JSONWriter.append(scopes, to: &json) { JSONWriter.append($0.text, to: &$1) }
        json.append(contentsOf: #","txids":"#.utf8)
        JSONWriter.append(xids, to: &json) { JSONWriter.append(String($0), to: &$1) }
        guard let origin else { return }
        json.append(contentsOf: #","origin":"#.utf8)
        JSONWriter.append(origin, to: &json)
    }

    private static func append(spread: Int, to json: inout [UInt8]) {
        if spread > 0 { json.append(contentsOf: #","spread":\#(spread)"#.utf8) }
    }
}

/// Why a client must refetch everything.
public enum ResetReason: String, Sendable, Hashable, CaseIterable {
    /// The position that it came with is older than the history, or of another timeline, or no position.
    case history
    /// The service lost the database and the log could not tell what happened meanwhile.
    case gap
    /// More went stale than is worth naming.
    case overflow
    /// The scopes that it may hear have changed.
    case scopes
}

/// Why a stream ends.
public enum GoawayReason: String, Sendable, Hashable, CaseIterable {
    /// The session is gone, and whoever comes back with its credential gets a 401; or an administrator has ended its
    /// streams (CONTRACT.md §6, `admin/end`), and the session goes on.
    case revoked
    /// The session's end has come, or its token's. Whoever has a new token may come back with that.
    case expired
    /// The service stops. Another replica, or the same one later, goes on from the client's position.
    case shutdown
    /// The client has read nothing for 60 s.
    case slow
    /// The service cannot answer for now: the database is away, or there is no room for another stream.
    case unavailable
}
