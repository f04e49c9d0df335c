/// A word from the database that sessions may have changed: look at them again.
package enum SessionSignal: Sendable, Hashable {
    /// The session with this id, as `freshet.authenticate` names it.
    case session(String)

    /// Every session of this user.
    case user(String)

    /// All of them: after a time in which signals may have been missed.
    case all
}

extension SessionSignal {
    /// Whether it may be about this session.
    package func means(_ session: Session) -> Bool {
        switch self {
        case .session(let id): session.sessionID == id
        case .user(let id): session.userID == id
        case .all: true
        }
    }
}
