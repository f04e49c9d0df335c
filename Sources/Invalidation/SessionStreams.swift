/// What the check of sessions does to the streams that are open: the hub as seen from there.
///
/// Each call takes effect, on every stream, before any invalidation that is published after it.
package protocol SessionStreams: Sendable {
    /// Tells these sessions' streams nothing more until they are released or ended.
    func hold(_ sessions: [LiveSession])

    /// Goes on telling them, beginning with what was kept back.
    func release(_ sessions: [LiveSession])

    /// The session's grants have changed: its streams are told to `reset` and go on with the new ones.
    func regrant(_ session: LiveSession)

    /// Ends the session's streams with `goaway`; nothing is told after it.
    func end(_ session: LiveSession, _ reason: GoawayReason)
}
