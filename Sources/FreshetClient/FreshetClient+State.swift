extension FreshetClient {
    /// Where a stream stands, for those who show it.
    public enum State: Sendable, Hashable {
        /// The service is being asked.
        case connecting

        /// The welcome has come; what goes stale is told from now on.
        case live

        /// There is no stream, and the next attempt is made after so long. What went stale since is told then.
        case waiting(Duration, Interruption)
    }
}
