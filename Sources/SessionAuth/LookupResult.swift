import Invalidation

/// What `freshet.authenticate` said of one credential.
enum LookupResult: Sendable, Hashable {
    case session(Session)
    case none

    /// The function failed, or gave more than one row: no session (CONTRACT.md §6).
    case failed(String)

    /// It was not answered in time.
    case unanswered
}
