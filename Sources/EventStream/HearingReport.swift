package import Invalidation

/// Who hears an invalidation, and why: what an operator asks, and what is told of each one that passes.
package struct HearingReport: Sendable, Hashable {
    /// By what a session hears a scope.
    package enum Reason: String, Sendable {
        /// The scope is `*`.
        case everyone
        case global
        case ownUser = "own user"
        case extraScope = "extra scope"
    }

    package struct Hearer: Sendable, Hashable {
        /// Nil for clients without a session.
        package let user: String?
        package var streams: Int
        package let reason: Reason
    }

    /// The most users that are named.
    package static let named = 20

    /// The most streams that are looked at on one event loop.
    static let examined = 2_000

    /// The streams that hear it.
    package internal(set) var hearing = 0

    /// The streams that hear its scope, and have asked for other tags.
    package internal(set) var filtered = 0

    /// The streams that hear its scope and were not looked at: the other numbers are lower bounds where there are some.
    package internal(set) var unexamined = 0

    /// Whose streams hear it, as far as they are named.
    package internal(set) var hearers: [Hearer] = []

    /// The streams that hear it and are none of ``hearers``'.
    package internal(set) var unnamed = 0

    /// Whether a pause keeps it from all of them for now.
    package internal(set) var isPaused = false

    /// Those of its tags that are not delivered, as an administrator has said.
    package internal(set) var disabled: [Tag] = []

    /// Whether that leaves nothing to be told.
    package internal(set) var isDropped = false

    /// Counts one more stream that hears it.
    ///
    /// - Parameter hearer: whose it is; asked for only as long as that can be told.
    mutating func count(_ hearer: @autoclosure () -> (user: String?, reason: Reason)) {
        hearing += 1
        guard hearers.count < Self.named else { return unnamed += 1 }
        let (user, reason) = hearer()
        name(Hearer(user: user, streams: 1, reason: reason))
    }

    /// Takes in what another event loop's streams hear.
    mutating func add(_ other: HearingReport) {
        hearing += other.hearing
        filtered += other.filtered
        unexamined += other.unexamined
        unnamed += other.unnamed
        for hearer in other.hearers { name(hearer) }
    }

    private mutating func name(_ hearer: Hearer) {
        if let place = hearers.firstIndex(where: { $0.user == hearer.user }) {
            hearers[place].streams += hearer.streams
        } else if hearers.count < Self.named {
            hearers.append(hearer)
        } else {
            unnamed += hearer.streams
        }
    }
}
