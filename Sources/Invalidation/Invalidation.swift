/// A set of tags and one scope, emitted by one transaction (CONTRACT.md §1).
package struct Invalidation: Sendable, Hashable {
    /// What went stale. Empty where ``coversAll`` is set.
    package let tags: [Tag]
    package let scope: Scope

    /// The emitting transaction, `pg_current_xact_id()`; nil where no proof came with it, as in a NOTIFY by hand.
    package let xid: UInt64?

    /// The transaction's `freshet.origin`, by which a client knows its own echo.
    package let origin: String?

    /// Whether anything in the scope may be stale: its hearers are told to `reset`.
    package let coversAll: Bool

    package init(tags: [Tag], scope: Scope, xid: UInt64? = nil, origin: String? = nil, coversAll: Bool = false) {
        self.tags = coversAll ? [] : tags
        self.scope = scope
        self.xid = xid
        self.origin = origin
        self.coversAll = coversAll
    }
}
