/// Something that Freshet promises and did not keep.
package struct Finding: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A committed invalidation that a granted client was neither told of nor covered by a refetch of everything.
        case miss
        /// A client was told of what it has no grant for, or no grant for any more.
        case leak
        /// A client was told of a transaction that never was, or that was rolled back.
        case phantom
        /// A client was told before a refetch would have shown the change.
        case early
        /// The stream did not follow CONTRACT.md.
        case nonsense
        /// Something that grew from round to round.
        case growth
        /// The faults were healed, and the service did not become quiet.
        case hang
        /// A process ended that nobody had ended.
        case crash
        /// The run did not do enough to prove anything.
        case vacuous
    }

    package let kind: Kind
    package let story: String

    package init(_ kind: Kind, _ story: String) {
        self.kind = kind
        self.story = story
    }
}
