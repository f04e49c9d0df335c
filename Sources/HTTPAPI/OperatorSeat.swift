import EventStream
import Invalidation

/// The place of one administrator who watches: a session that is checked like a stream's, and a watch of what passes.
///
/// Both are given back when nobody holds this any more, whatever has become of the response.
final class OperatorSeat: Sendable {
    enum State: Sendable, Hashable {
        case good

        /// The session is being checked: nothing may be told meanwhile.
        case held
        case ended(GoawayReason)
    }

    let watch: PassingWatch
    private let session: LiveSession
    private let release: @Sendable (LiveSession) -> Void
    private let hub: Hub

    /// - Parameter release: gives the session back; called once.
    /// - Returns: nil where there are too many.
    init?(_ session: LiveSession, hub: Hub, release: @escaping @Sendable (LiveSession) -> Void) {
        guard let watch = hub.watch() else {
            release(session)
            return nil
        }
        self.watch = watch
        self.session = session
        self.release = release
        self.hub = hub
    }

    deinit {
        hub.unwatch(watch)
        release(session)
    }

    /// Whether it may be told anything more.
    var state: State {
        if let reason = session.ended { return .ended(reason) }
        if session.isHeld { return .held }
        return session.session?.isAdmin == true ? .good : .ended(.revoked)
    }
}
