import Synchronization

/// A session as its open streams share it: its newest value, and whether it has ended.
///
/// Whoever checks sessions marks the end here first and tells the streams second; whoever opens a stream joins them
/// first and looks here second. So a session that ends while its stream opens is seen by one of the two.
package final class LiveSession: Sendable {
    private struct State {
        var session: Session?
        var ended: GoawayReason?
        var isHeld = false
    }

    private let state: Mutex<State>

    /// - Parameter session: nil for a client without a credential, where anonymous streams are allowed.
    package init(_ session: Session?) {
        state = Mutex(State(session: session))
    }

    package var session: Session? { state.withLock { $0.session } }

    package var grants: Grants { session?.grants ?? .anonymous }

    /// Why it has ended, or nil while it holds.
    package var ended: GoawayReason? { state.withLock { $0.ended } }

    /// Whether its streams wait for a check before they are told anything more.
    package var isHeld: Bool { state.withLock { $0.isHeld } }

    package func setHeld(_ isHeld: Bool) { state.withLock { $0.isHeld = isHeld } }

    package func end(_ reason: GoawayReason) {
        state.withLock { $0.ended = $0.ended ?? reason }
    }

    /// Puts in the newest value.
    ///
    /// - Returns: whether the grants differ from those before.
    package func update(_ session: Session) -> Bool {
        state.withLock { state in
            defer { state.session = session }
            return state.session?.grants != session.grants
        }
    }
}
