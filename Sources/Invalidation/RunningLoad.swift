/// One call of an ``InvalidatingCache``'s loader, from its beginning until the last who waited for it has looked at what
/// it gave.
struct RunningLoad<Key, Value> {
    typealias Outcome = Result<(value: Value, tags: [Tag]), any Error>

    let key: Key

    /// When it began, as ``HeardChanges`` counts.
    let start: UInt64

    /// Which attempt it is of the cache's own to load a stale value again; nil where callers alone have asked for it.
    let reload: Int?

    /// Whether its key was removed meanwhile.
    var isForgotten = false
    var outcome: Outcome?
    var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]

    /// How many have been woken and have not looked yet. Until they do, it matters to it what is told.
    var awakening = 0
    var task: Task<Void, Never>?
}
