/// A set of tags and one scope, emitted by one transaction (CONTRACT.md §1).
public struct Invalidation: Sendable, Hashable {
    /// What went stale. Empty where ``coversAll`` is set.
    public let tags: [Tag]
    /// Who may hear of it: the sessions whose grants have this scope (CONTRACT.md §1), or all where it is `*` (§3).
    public let scope: Scope

    /// The emitting transaction, `pg_current_xact_id()`; nil where no proof came with it, as in a NOTIFY by hand.
    public let xid: UInt64?

    /// The transaction's `freshet.origin`, by which a client knows its own echo.
    public let origin: String?

    /// Whether anything in the scope may be stale: its hearers are told to `reset`.
    public let coversAll: Bool

    /// Where `coversAll` is true, `tags` are left out: everything in the scope says more than they do.
    public init(tags: [Tag], scope: Scope, xid: UInt64? = nil, origin: String? = nil, coversAll: Bool = false) {
        self.tags = coversAll ? [] : tags
        self.scope = scope
        self.xid = xid
        self.origin = origin
        self.coversAll = coversAll
    }
}
