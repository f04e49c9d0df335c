package import Invalidation

/// What came of looking up a credential.
package enum Authentication: Sendable {
    /// It is a session's. Whoever gets this gives it back with ``Sessions/release(_:)``.
    case session(LiveSession)

    /// It is no session's: 401.
    case refused

    /// The database cannot answer for now.
    case unavailable
}
