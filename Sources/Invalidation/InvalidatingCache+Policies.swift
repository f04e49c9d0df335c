extension InvalidatingCache {
    /// What becomes of a value that has gone stale.
    public enum WhenStale: Sendable, Hashable {
        /// It is dropped; whoever asks next loads it.
        case drop

        /// It is dropped and loaded again at once, a few at a time, the one that was asked for last first.
        ///
        /// That does not count as asking for it: a value that nobody wants any more leaves the cache in its turn. An
        /// error of the loader then goes to nobody, and whoever asks next loads it.
        case reload
    }

    /// What a caller gets whose value has gone stale during each of ``reloads`` + 1 loads.
    public enum WhenUnsettled: Sendable, Hashable {
        /// ``NeverSettled``: the cache keeps its word, and the caller decides.
        case fail

        /// The value that was loaded last, which is not kept: what the caller would have got from the source, had there
        /// been no cache.
        ///
        /// It has whatever was told before the caller asked, and may lack what was told since. That is enough for those
        /// who ask anew after each change, and not for those who keep what they got until a change is told.
        case serve
    }
}
