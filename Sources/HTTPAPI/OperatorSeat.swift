import EventStream
import Invalidation
import SessionAuth

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
    private let sessions: Sessions
    private let hub: Hub

    /// - Parameter session: given back by this.
    /// - Returns: nil where there are too many.
    init?(_ session: LiveSession, sessions: Sessions, hub: Hub) {
        guard let watch = hub.watch() else {
            sessions.release(session)
            return nil
        }
        self.watch = watch
        self.session = session
        self.sessions = sessions
        self.hub = hub
    }

    deinit {
        hub.unwatch(watch)
        sessions.release(session)
    }

    /// Whether it may be told anything more.
    var state: State {
        if let reason = session.ended { return .ended(reason) }
        if session.isHeld { return .held }
        return session.session?.isAdmin == true ? .good : .ended(.revoked)
    }
}
