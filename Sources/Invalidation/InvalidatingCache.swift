/// Values that are loaded once and kept until something that they depend on is invalidated.
///
///     let todos = InvalidatingCache<Int, Todo> { id in (try await database.todo(id), [Tag("todo", .integer(id))]) }
///     let todo = try await todos.value(for: 42)
///     for await change in changes { await todos.apply(change) }
///
/// The loader gives a value and the tags that it depends on; ``apply(_:)`` drops whatever is stale by the stale rule
/// (CONTRACT.md §1).
///
/// **It never serves a value that was loaded before its invalidation.** Once ``apply(_:)`` has returned, no call of
/// ``value(for:)`` returns a value that what was applied covers, unless the load of it began afterwards. A load that is
/// under way when the change comes counts as begun before it, whatever it has read by then: what it gives is neither kept
/// nor served, and it is loaded again; where that goes on and on, the caller gets ``NeverSettled``, unless it was asked to be
/// served all the same (``WhenUnsettled``). This holds as far as the changes are applied in the order in which they are told,
/// and everything is dropped where some may be missing: a reset, or a welcome that was not resumed.
///
/// Callers who ask for one key at a time share a load. Its error goes to all of them and is not kept. Who asks after a
/// change does not get the error of a load from before it, either: the row may exist by now.
public actor InvalidatingCache<Key: Hashable & Sendable, Value: Sendable> {
    /// Gives a value and the tags that it depends on, on no particular executor.
    ///
    /// It is cancelled when the last caller who waits for it is. What it reads must be as new as what the changes tell of: a
    /// replica that lags behind gives what is stale already (`freshet.has_seen` tells, CONTRACT.md §3).
    public typealias Loader = @Sendable (Key) async throws -> (value: Value, tags: [Tag])

    /// How many values it loads again at once of its own accord; callers load beside that.
    static var reloadsAtOnce: Int { 4 }

    /// How often a value that goes stale while it is loaded is loaded again for one caller.
    public nonisolated let reloads: Int

    private let limit: Int
    private let whenStale: WhenStale
    private let whenUnsettled: WhenUnsettled
    private let loader: Loader

    private(set) var kept: KeptValues<Key, Value>
    private var heard = HeardChanges()
    private var loads: [Int: RunningLoad<Key, Value>] = [:]

    /// The load of each key that callers may still join.
    private(set) var running: [Key: Int] = [:]
    private var toReload: [Key] = []
    private var runningReloads = 0
    private var lastNumber = 0

    /// - Parameters:
    ///   - limit: the most values that it keeps; past it the one that has not been asked for the longest goes.
    ///   - whenStale: whether stale values are loaded again at once.
    ///   - reloads: how often a value that goes stale while it is loaded is loaded again for one caller.
    ///   - whenUnsettled: what that caller gets when it went stale the last time, too.
    ///   - loader: gives a value and its tags.
    public init(
        limit: Int = 10_000,
        whenStale: WhenStale = .drop,
        reloads: Int = 10,
        whenUnsettled: WhenUnsettled = .fail,
        loader: @escaping Loader
    ) {
        precondition(limit >= 0 && reloads >= 0, "neither a limit nor a number of reloads is negative")
        self.limit = limit
        self.whenStale = whenStale
        self.reloads = reloads
        self.whenUnsettled = whenUnsettled
        self.loader = loader
        kept = KeptValues(limit: limit)
    }

    /// How many values it keeps.
    public var count: Int { kept.count }

    /// The value as it is kept, or as it is loaded now.
    ///
    /// Cancelling the caller ends its waiting and nobody else's; the load goes on while somebody waits for it.
    ///
    /// - Throws: the loader's error, ``NeverSettled``, or `CancellationError`.
    public func value(for key: Key) async throws -> Value {
        let asked = heard.now
        var unkept: Value?
        for _ in 0...reloads {
            if let value = kept.use(key) { return value }
            let load = try await joinLoad(of: key)
            switch load.outcome {
            case .success(let loaded) where !load.isStale: return loaded.value
            case .success(let loaded): if load.start >= asked { unkept = loaded.value }
            case .failure(let error): if load.start >= asked { throw error }
            }
        }
        if case .serve = whenUnsettled, let unkept { return unkept }
        throw NeverSettled(loads: reloads + 1)
    }

    /// Drops what the change says is stale. The time that it takes grows with what it drops, not with what there is.
    public func apply(_ change: Change) {
        let keepsPlaces = whenStale == .reload
        let stale: [Key]
        if change.reset != nil {
            heard.hearEverything()
            stale = kept.dropAll(keepingPlaces: keepsPlaces)
        } else {
            heard.hear(change.tags, loadsBegunAt: loads.values.lazy.map(\.start))
            stale = change.tags.flatMap { kept.drop(coveredBy: $0, keepingPlaces: keepsPlaces) }
        }
        reload(stale)
    }

    /// Drops a value; a load of it that is under way is neither kept nor served.
    public func remove(_ key: Key) {
        kept.remove(key)
        for number in loads.keys where loads[number]?.key == key { loads[number]?.isForgotten = true }
    }

    /// Drops all values; no load that is under way is kept or served.
    public func removeAll() {
        heard.hearEverything()
        _ = kept.dropAll(keepingPlaces: false)
        toReload = []
    }

    /// How many callers wait for a load of the key.
    func waiters(for key: Key) -> Int { running[key].flatMap { loads[$0]?.waiters.count } ?? 0 }

    // MARK: Loads

    private typealias Seen = (outcome: RunningLoad<Key, Value>.Outcome, start: UInt64, isStale: Bool)

    /// What the load that runs gives, or one that begins now; and whether that is stale at the moment of return.
    private func joinLoad(of key: Key) async throws -> Seen {
        let number = running[key] ?? begin(key)
        try await wait(for: number)
        // Whoever waits is counted, so the load is still there.
        guard var load = loads[number], let outcome = load.outcome else { throw CancellationError() }
        load.awakening -= 1
        loads[number] = load.awakening == 0 ? nil : load
        return (outcome, load.start, isStale(load, outcome))
    }

    private func isStale(_ load: RunningLoad<Key, Value>, _ outcome: RunningLoad<Key, Value>.Outcome) -> Bool {
        guard case .success(let loaded) = outcome else { return false }
        return load.isForgotten || heard.covers(loaded.tags, since: load.start)
    }

    @discardableResult
    private func begin(_ key: Key, reload: Int? = nil) -> Int {
        lastNumber += 1
        let number = lastNumber
        running[key] = number
        loads[number] = RunningLoad(key: key, start: heard.now, reload: reload)
        if reload != nil { runningReloads += 1 }
        loads[number]?.task = Task { [loader] in
            do {
                let loaded = try await loader(key)
                end(number, .success(loaded))
            } catch {
                end(number, .failure(error))
            }
        }
        return number
    }

    /// Takes what a load has given. One that all callers have left is not known any more.
    func end(_ number: Int, _ outcome: RunningLoad<Key, Value>.Outcome) {
        guard var load = loads[number] else { return }
        running[load.key] = nil
        load.outcome = outcome
        load.task = nil
        load.awakening = load.waiters.count
        let waiters = load.waiters.values
        load.waiters = [:]
        let isStale = isStale(load, outcome)
        if case .success(let loaded) = outcome, !isStale {
            kept.keep(loaded.value, loaded.tags, for: load.key, wasAsked: !waiters.isEmpty)
        }
        loads[number] = waiters.isEmpty ? nil : load
        if let attempt = load.reload {
            runningReloads -= 1
            if isStale, attempt < reloads, kept.hasEmptyPlace(for: load.key) { begin(load.key, reload: attempt + 1) }
            reloadNext()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when the load has ended, or fails when the caller is cancelled.
    private func wait(for number: Int) async throws {
        lastNumber += 1
        let waiter = lastNumber
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { loads[number]?.waiters[waiter] = $0 }
        } onCancel: {
            // Runs after the waiter is known: until then this actor is busy.
            Task { await self.cancel(waiter, of: number) }
        }
    }

    private func cancel(_ waiter: Int, of number: Int) {
        guard let continuation = loads[number]?.waiters.removeValue(forKey: waiter) else { return }
        if let load = loads[number], load.waiters.isEmpty, load.reload == nil {
            // Whoever asks next must not join what is being cancelled.
            running[load.key] = nil
            loads[number] = nil
            load.task?.cancel()
        }
        continuation.resume(throwing: CancellationError())
    }

    // MARK: Reloads

    private func reload(_ keys: [Key]) {
        guard !keys.isEmpty else { return }
        toReload += keys
        // A key can be in it twice, having been loaded by a caller meanwhile; that has a bound, too.
        if toReload.count > 2 * limit { toReload = kept.keysOfEmptyPlaces }
        reloadNext()
    }

    private func reloadNext() {
        while runningReloads < Self.reloadsAtOnce, let key = toReload.popLast() {
            if running[key] == nil, kept.hasEmptyPlace(for: key) { begin(key, reload: 0) }
        }
    }
}
