/// What was missed of one scope, merged once for all who missed it.
///
/// After a deploy, or when a network comes back, ten thousand clients have missed the same thousand invalidations within a
/// second. A stretch of the history begins and ends at a multiple of ``grain``, so that clients whose positions differ a
/// little share one; they are told up to that many invalidations a second time, which the guarantee allows.
struct SharedReplays: Sendable {
    /// The entries of one scope between two ordinals, multiples of ``grain``.
    struct Stretch: Hashable {
        let scope: Scope
        let ordinals: Range<UInt64>

        /// - Parameter missed: what the client is to be told of; the end may fall short of it, the beginning may not.
        init(of scope: Scope, missed: ClosedRange<UInt64>) {
            self.scope = scope
            let first = missed.lowerBound / SharedReplays.grain * SharedReplays.grain
            ordinals = first..<max(first, (missed.upperBound + 1) / SharedReplays.grain * SharedReplays.grain)
        }
    }

    static let grain: UInt64 = 64

    /// How many are kept: together some 10 MB at the very worst.
    private static let most = 32

    private var merged: [Stretch: Pending] = [:]

    mutating func merged(_ stretch: Stretch, merge: () -> Pending) -> Pending {
        if let known = merged[stretch] { return known }
        if merged.count >= Self.most { merged.removeAll() }
        let pending = merge()
        merged[stretch] = pending
        return pending
    }

    mutating func forget() {
        if !merged.isEmpty { merged = [:] }
    }
}
