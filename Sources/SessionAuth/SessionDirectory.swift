import Invalidation

/// The sessions that have streams, and which of them have to be checked.
///
/// A value that decides; ``Sessions`` acts. A signal makes a session *suspect*: its streams are held from that moment,
/// and only a check that began after the newest signal may release them. So what was published after a logout was
/// committed cannot reach the streams of that session, however long the check takes.
///
/// `Evidence` is what a session can be asked for again by: a credential, or a question to the application.
struct SessionDirectory<Evidence: Sendable>: Sendable {
    private struct Entry {
        let live: LiveSession
        let evidence: Evidence
        var holders: Int
        var session: Session

        /// Counts the signals that meant this session.
        var suspicions: UInt64 = 0
        var isSuspect = false
        var isQueued = false

        /// Whether a check of it is under way: no second one begins before that has been answered, so that no answer can undo
        /// a newer one's.
        var isBeingChecked = false

        /// Since when no check of it has been answered, on the clock of ``Uptime``; nil: the last one was.
        var unansweredSince: Double?
    }

    /// A session to be asked for again.
    struct Check: Sendable {
        let key: SessionKey
        let live: LiveSession
        let evidence: Evidence

        /// The signals that this check has heeded.
        let suspicions: UInt64
    }

    /// What follows from a lookup at connect.
    struct Entrance: Sendable {
        /// The session, held if it is suspect.
        let live: LiveSession

        /// Whether the streams that it had before must be regranted.
        let regrant: Bool

        /// The session of another user that had this credential until now; its streams end.
        let replaced: LiveSession?
    }

    private var entries: [SessionKey: Entry] = [:]
    private var keys: [ObjectIdentifier: SessionKey] = [:]
    private var bySessionID: [String: Set<SessionKey>] = [:]
    private var byUser: [String: Set<SessionKey>] = [:]
    private var queue: [SessionKey] = []

    /// No session comes to its end before this, on the clock of ``Uptime``.
    private var nextExpiry = Double.infinity

    var count: Int { entries.count }

    var hasChecks: Bool { !queue.isEmpty }

    // MARK: Coming and going

    func has(_ key: SessionKey) -> Bool { entries[key] != nil }

    /// Counts one holder more of the session that a lookup has just found.
    ///
    /// - Parameter missed: signals that came while the lookup was under way, which its answer may not reflect.
    mutating func enter(
        _ key: SessionKey,
        _ evidence: @autoclosure () -> Evidence,
        _ session: Session,
        missed: [SessionSignal]
    ) -> Entrance {
        let live: LiveSession
        var regrant = false
        var replaced: LiveSession?
        if var entry = entries[key], entry.session.userID == session.userID {
            live = entry.live
            entry.holders += 1
            unindex(key, entry.session)
            entry.session = session
            regrant = live.update(session)
            entries[key] = entry
        } else {
            replaced = remove(key)
            live = LiveSession(session)
            entries[key] = Entry(live: live, evidence: evidence(), holders: 1, session: session)
            keys[ObjectIdentifier(live)] = key
        }
        index(key, session)
        if missed.contains(where: { $0.means(session) }) {
            suspect(key)?.setHeld(true)
        }
        return Entrance(live: live, regrant: regrant, replaced: replaced)
    }

    /// Counts one holder less; the last one takes the session out.
    mutating func leave(_ live: LiveSession) {
        guard let key = keys[ObjectIdentifier(live)], var entry = entries[key], entry.live === live else { return }
        entry.holders -= 1
        if entry.holders > 0 { entries[key] = entry } else { forget(key, entry) }
    }

    // MARK: Becoming suspect

    /// - Returns: the sessions that a signal means, whose streams are to be held until they have been checked.
    mutating func hear(_ signal: SessionSignal) -> [LiveSession] {
        let meant: any Collection<SessionKey> =
            switch signal {
            case .session(let id): bySessionID[id] ?? []
            case .user(let id): byUser[id] ?? []
            case .all: Array(entries.keys)
            }
        return meant.compactMap { suspect($0) }
    }

    /// Queues every session for the regular check, which holds nobody.
    mutating func queueAll() {
        for key in entries.keys { enqueue(key) }
    }

    /// Queues the sessions that have come to their end, to see whether they were extended.
    mutating func queueExpired(now: Double) {
        guard nextExpiry <= now else { return }
        nextExpiry = .infinity
        for (key, entry) in entries {
            guard let end = entry.session.expiresAt else { continue }
            if end <= now { enqueue(key) } else { nextExpiry = min(nextExpiry, end) }
        }
    }

    // MARK: Checking

    /// The next sessions to be asked for, at most `most`.
    mutating func takeChecks(_ most: Int) -> [Check] {
        var checks: [Check] = []
        var later: [SessionKey] = []
        var seen = 0
        while checks.count < most, seen < queue.count {
            let key = queue[seen]
            seen += 1
            guard var entry = entries[key] else { continue }
            guard !entry.isBeingChecked else {
                later.append(key)
                continue
            }
            entry.isQueued = false
            entry.isBeingChecked = true
            entries[key] = entry
            checks.append(Check(key: key, live: entry.live, evidence: entry.evidence, suspicions: entry.suspicions))
        }
        queue.removeFirst(seen)
        queue += later
        return checks
    }

    /// Puts checks back that could not be made.
    mutating func putBack(_ checks: [Check]) {
        for check in checks {
            entries[check.key]?.isBeingChecked = false
            enqueue(check.key)
        }
    }

    /// Takes in what a check found.
    ///
    /// - Parameter grace: how long a session stays that nobody answers for, in seconds.
    mutating func settle(_ check: Check, _ result: LookupResult, now: Double, grace: Double = .infinity)
        -> SessionVerdict
    {
        guard var entry = entries[check.key], entry.live === check.live else { return .unchanged }
        entry.isBeingChecked = false
        guard result != .unanswered else {
            let since = entry.unansweredSince ?? now
            guard now - since <= grace else {
                forget(check.key, entry)
                return .end(entry.live, .unavailable)
            }
            entry.unansweredSince = since
            entries[check.key] = entry
            enqueue(check.key)
            return .unchanged
        }
        entry.unansweredSince = nil
        guard case .session(let session) = result, session.userID == entry.session.userID else {
            let expired = entry.session.expiresAt.map { $0 <= now } ?? false
            forget(check.key, entry)
            return .end(entry.live, expired && result == .none ? .expired : .revoked)
        }
        if let end = session.expiresAt, end <= now {
            forget(check.key, entry)
            return .end(entry.live, .expired)
        }
        let isCleared = entry.isSuspect && entry.suspicions == check.suspicions
        if isCleared { entry.isSuspect = false }
        let changed = entry.live.update(session)
        unindex(check.key, entry.session)
        entry.session = session
        entries[check.key] = entry
        index(check.key, session)
        if changed { return .regrant(entry.live, andRelease: isCleared) }
        return isCleared ? .release(entry.live) : .unchanged
    }

    /// Takes every session out: none can be vouched for any longer.
    mutating func removeAll() -> [LiveSession] {
        let all = entries.values.map(\.live)
        self = SessionDirectory()
        return all
    }

    /// Takes one session out that a lookup at connect did not find any more.
    mutating func remove(_ key: SessionKey) -> LiveSession? {
        guard let entry = entries[key] else { return nil }
        forget(key, entry)
        return entry.live
    }

    // MARK: Bookkeeping

    private mutating func suspect(_ key: SessionKey) -> LiveSession? {
        guard var entry = entries[key] else { return nil }
        entry.suspicions += 1
        entry.isSuspect = true
        entries[key] = entry
        enqueue(key)
        return entry.live
    }

    private mutating func enqueue(_ key: SessionKey) {
        guard entries[key]?.isQueued == false else { return }
        entries[key]?.isQueued = true
        queue.append(key)
    }

    private mutating func index(_ key: SessionKey, _ session: Session) {
        byUser[session.userID, default: []].insert(key)
        if let id = session.sessionID { bySessionID[id, default: []].insert(key) }
        if let end = session.expiresAt { nextExpiry = min(nextExpiry, end) }
    }

    private mutating func unindex(_ key: SessionKey, _ session: Session) {
        byUser[session.userID]?.remove(key)
        if byUser[session.userID]?.isEmpty == true { byUser[session.userID] = nil }
        if let id = session.sessionID {
            bySessionID[id]?.remove(key)
            if bySessionID[id]?.isEmpty == true { bySessionID[id] = nil }
        }
    }

    private mutating func forget(_ key: SessionKey, _ entry: Entry) {
        unindex(key, entry.session)
        keys[ObjectIdentifier(entry.live)] = nil
        entries[key] = nil
    }
}
