/// What one stream has yet to be told, merged: the union of tags, scopes and transactions.
///
/// This is what stands in the place of a queue. However long a client does not read, it holds at most
/// ``maximumTags`` tags of ``maximumBytes`` together; past that it holds a `reset` (CONTRACT.md §5).
package struct Pending: Sendable {
    package static let maximumTags = 1_000
    package static let maximumBytes = 262_144

    /// The transactions named in one event; past that the oldest are left out, which costs a client that waits for one
    /// of them a wait, and nobody an invalidation.
    package static let maximumTransactions = 1_000

    private enum Origin { case none, only(String), mixed }

    private var tags: [Tag] = []
    private var bytes = 0

    /// How many streams have been told the same, of that which most have been told.
    private var hearers = 0
    private var known: Set<Tag> = []
    private var scopes: [Scope] = []
    private var xids = Queue<UInt64>()
    private var knownXids: Set<UInt64> = []
    private var origin: Origin?
    private var reset: ResetReason?

    package init() {}

    package init(reset reason: ResetReason) { reset = reason }

    package var isEmpty: Bool { tags.isEmpty && reset == nil }

    package var isReset: Bool { reset != nil }

    /// How many milliseconds the client may wait before it refetches.
    package var spread: Int { Spread.milliseconds(hearers: hearers) }

    /// Adds what `invalidation` tells a client with this filter and these grants.
    ///
    /// - Parameter hearers: how many streams are told the same.
    package mutating func add(_ invalidation: Invalidation, filter: TagFilter?, hearers: Int = 0) {
        guard reset == nil else { return }
        guard !invalidation.coversAll else { return add(reset: .overflow, hearers: hearers) }
        guard add(invalidation.tags, filter: filter, hearers: hearers) else { return }
        add(invalidation.scope)
        if let xid = invalidation.xid { add(xid: xid) }
        origin = Self.joined(origin, invalidation.origin.map { .only($0) } ?? .none)
    }

    /// Adds all that another one holds. Its transactions are named if any of its tags passes the filter.
    package mutating func add(_ other: Pending, filter: TagFilter? = nil) {
        guard reset == nil else { return }
        if let reason = other.reset { return add(reset: reason, hearers: other.hearers) }
        guard !isEmpty || filter != nil else { return self = other }
        guard add(other.tags, filter: filter, hearers: other.hearers) else { return }
        for scope in other.scopes { add(scope) }
        for xid in other.xids { add(xid: xid) }
        origin = Self.joined(origin, other.origin ?? .none)
    }

    /// - Returns: whether the others of it are to be named, too: not where nothing passes the filter, nor in a reset.
    private mutating func add(_ added: [Tag], filter: TagFilter?, hearers: Int) -> Bool {
        var told = false
        for tag in added where filter?.passes(tag) ?? true {
            told = true
            guard known.insert(tag).inserted else { continue }
            tags.append(tag)
            bytes += tag.text.utf8.count
        }
        guard told else { return false }
        guard tags.count <= Self.maximumTags, bytes <= Self.maximumBytes else {
            add(reset: .overflow, hearers: hearers)
            return false
        }
        self.hearers = max(self.hearers, hearers)
        return true
    }

    private mutating func add(_ scope: Scope) {
        // `*` is nobody's grant, so it is not named.
        if scope != .everyone, !scopes.contains(scope) { scopes.append(scope) }
    }

    private mutating func add(xid: UInt64) {
        guard xids.last != xid, knownXids.insert(xid).inserted else { return }
        xids.append(xid)
        if xids.count > Self.maximumTransactions, let oldest = xids.popFirst() { knownXids.remove(oldest) }
    }

    /// Notes how many streams are told as much at the same time, so that their clients do not all refetch at once.
    package mutating func spread(over hearers: Int) {
        if !isEmpty { self.hearers = max(self.hearers, hearers) }
    }

    /// Forgets what is not to be told any more.
    package mutating func remove(_ unwanted: TagSet) {
        guard reset == nil, tags.contains(where: unwanted.covers) else { return }
        tags.removeAll(where: unwanted.covers)
        guard !tags.isEmpty else { return self = Pending() }
        known = Set(tags)
        bytes = tags.reduce(0) { $0 + $1.text.utf8.count }
    }

    /// Everything is stale: replaces whatever was to be told. The first reason stands.
    package mutating func add(reset reason: ResetReason, hearers: Int = 0) {
        guard reset == nil else { return }
        self = Pending()
        reset = reason
        self.hearers = hearers
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
        let bytes = invalidation.tags.reduce(0) { $0 + $1.text.utf8.count }
        guard !invalidation.coversAll, invalidation.tags.count <= maximumTags, bytes <= maximumBytes else {
            return .reset(.overflow)
        }
        return .single(invalidation)
    }

    /// A client that takes an origin for its own echo must not take another's invalidation for one.
    private static func joined(_ origin: Origin?, _ other: Origin) -> Origin {
        switch (origin, other) {
        case (nil, _): other
        case (.some(.none), .none): .none
        case (.only(let name), .only(let same)) where name == same: other
        default: .mixed
        }
    }
}
