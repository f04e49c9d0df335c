package import Invalidation

/// What came of asking who a session is: `freshet.authenticate`, an endpoint, or the application that Freshet is part of.
package enum LookupResult: Sendable, Hashable {
    /// Its expiry is on the clock of ``Uptime``.
    case session(Session)
    case none

    /// The one who was asked failed, or gave more than one row: no session (CONTRACT.md §6).
    case failed(String)

    /// It was not answered in time.
    case unanswered
}
