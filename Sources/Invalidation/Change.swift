/// What went stale, as one who keeps copies of rows is told of it (CONTRACT.md §5): some tags, or everything.
public struct Change: Sendable, Hashable {
    /// What went stale, with all that these cover. Empty where everything did.
    public let tags: [Tag]

    /// Why everything counts as stale; nil where the tags say what does.
    public let reset: ResetReason?

    /// The scopes of whoever hears this that it was told in. The scope `*` is not named.
    public let scopes: [Scope]

    /// The transactions that caused it, as far as they are known: `pg_current_xact_id()`.
    public let xids: [UInt64]

    /// Their `freshet.origin`, where all agree: who wrote it knows its own echo by that.
    public let origin: String?

    /// Some tags went stale.
    public init(tags: [Tag], scopes: [Scope] = [], xids: [UInt64] = [], origin: String? = nil) {
        self.tags = tags
        reset = nil
        self.scopes = scopes
        self.xids = xids
        self.origin = origin
    }

    /// Everything counts as stale.
    public init(reset reason: ResetReason) {
        tags = []
        reset = reason
        scopes = []
        xids = []
        origin = nil
    }

    /// The stale rule (CONTRACT.md §1): whether what is cached under `tag` is stale now.
    public func covers(_ tag: Tag) -> Bool { reset != nil || tags.contains { $0.covers(tag) } }
}
