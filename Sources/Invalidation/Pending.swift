import DequeModule

/// What one stream has yet to be told, merged: the union of tags, scopes and transactions.
///
/// This is what stands in the place of a queue. However long a client does not read, it holds at most
/// ``maximumTags`` tags; past that it holds a `reset` (CONTRACT.md §5).
package struct Pending: Sendable {
    package static let maximumTags = 1_000

    /// The transactions named in one event; past that the oldest are left out, which costs a client that waits for one
    /// of them a wait, and nobody an invalidation.
    package static let maximumTransactions = 1_000

    private enum Origin { case none, only(String), mixed }

    private var tags: [Tag] = []
    private var known: Set<Tag> = []
    private var scopes: [Scope] = []
    private var xids: Deque<UInt64> = []
    private var knownXids: Set<UInt64> = []
    private var origin: Origin?
    private var reset: ResetReason?

    package init() {}

    package var isEmpty: Bool { tags.isEmpty && reset == nil }

    /// Adds what `invalidation` tells a client with this filter and these grants.
    package mutating func add(_ invalidation: Invalidation, filter: TagFilter?) {
        guard reset == nil else { return }
        guard !invalidation.coversAll else { return add(reset: .overflow) }
        var told = false
        for tag in invalidation.tags where filter?.passes(tag) ?? true {
            told = true
            if known.insert(tag).inserted { tags.append(tag) }
        }
        guard told else { return }
        guard tags.count <= Self.maximumTags else { return add(reset: .overflow) }
        // `*` is nobody's grant, so it is not named.
        if invalidation.scope != .everyone, !scopes.contains(invalidation.scope) { scopes.append(invalidation.scope) }
        if let xid = invalidation.xid, xids.last != xid, knownXids.insert(xid).inserted {
            xids.append(xid)
            if xids.count > Self.maximumTransactions { knownXids.remove(xids.removeFirst()) }
        }
        origin = Self.joined(origin, invalidation.origin)
    }

    /// Everything is stale: replaces whatever was to be told. The first reason stands.
    package mutating func add(reset reason: ResetReason) {
        guard reset == nil else { return }
        self = Pending()
        reset = reason
    }

    /// The one event that tells all of it, or nil where there is nothing to tell.
    package var event: StreamEvent? {
        if let reset { return .reset(reset) }
        guard !tags.isEmpty else { return nil }
        var agreed: String?
        if case .only(let name) = origin { agreed = name }
        return .invalidate(tags: tags, scopes: scopes, xids: Array(xids), origin: agreed)
    }

    /// The event that tells of one invalidation alone, to a client without a filter.
    package static func event(for invalidation: Invalidation) -> StreamEvent {
        guard !invalidation.coversAll, invalidation.tags.count <= maximumTags else { return .reset(.overflow) }
        return .invalidate(
            tags: invalidation.tags,
            scopes: invalidation.scope == .everyone ? [] : [invalidation.scope],
            xids: invalidation.xid.map { [$0] } ?? [],
            origin: invalidation.origin
        )
    }

    private static func joined(_ origin: Origin?, _ other: String?) -> Origin {
        switch (origin, other) {
        case (nil, nil), (.some(.none), nil): .none
        case (nil, let name?): .only(name)
        case (.only(let name), let other?) where name == other: .only(name)
        default: .mixed
        }
    }
}
