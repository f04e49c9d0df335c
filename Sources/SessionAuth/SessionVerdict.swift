import Invalidation

/// What follows from a check for the streams of a session.
enum SessionVerdict: Sendable {
    case unchanged
    case release(LiveSession)
    case regrant(LiveSession, andRelease: Bool)
    case end(LiveSession, GoawayReason)

    /// Does it to the streams.
    func carryOut(on streams: any SessionStreams) {
        switch self {
        case .unchanged: break
        case .release(let live): streams.release([live])
        case .end(let live, let reason): streams.end(live, reason)
        case .regrant(let live, let andRelease):
            streams.regrant(live)
            if andRelease { streams.release([live]) }
        }
    }
}
