import DequeModule
import Invalidation

/// The signals of the last moments, for whoever is being asked about while one comes: the answer may not reflect it.
///
/// A server that Freshet is part of has mostly looked a session up before Freshet hears of the request, so a signal counts
/// also where it came shortly before.
struct RecentSignals: Sendable {
    /// The moment before somebody was asked.
    struct Mark: Sendable {
        fileprivate let ordinal: UInt64
        fileprivate let at: Double
    }

    /// How long before a mark a signal counts, in seconds.
    private static let margin = 10.0

    /// The most that are kept; past it all sessions of that time are doubted.
    private static let limit = 100_000

    private var signals: Deque<(signal: SessionSignal, at: Double)> = []
    private var forgotten: UInt64 = 0

    /// When the newest of those went that had to make room.
    private var lostUntil = -Double.infinity

    /// - Parameter now: on the clock of ``Uptime``.
    func mark(now: Double) -> Mark { Mark(ordinal: forgotten + UInt64(signals.count), at: now) }

    /// - Parameter oldest: the mark that anybody who is being asked about has; nil where nobody is.
    mutating func note(_ signal: SessionSignal, now: Double, oldest: Mark?) {
        signals.append((signal, now))
        let horizon = min(now, oldest?.at ?? now) - Self.margin
        while let first = signals.first, first.at < horizon {
            signals.removeFirst()
            forgotten += 1
        }
        while signals.count > Self.limit, let first = signals.popFirst() {
            forgotten += 1
            lostUntil = first.at
        }
    }

    /// Whether one of those since shortly before a mark may be about a session.
    ///
    /// - Parameter heedsAll: whether those count that came before the mark and mean everybody: after a time in which signals may
    ///   have been missed.
    func mean(_ session: Session, since mark: Mark, heedsAll: Bool) -> Bool {
        if lostUntil >= mark.at - Self.margin { return true }
        for (index, entry) in signals.enumerated().reversed() {
            let isSince = forgotten + UInt64(index) >= mark.ordinal
            guard isSince || entry.at >= mark.at - Self.margin else { return false }
            if entry.signal == .all, !isSince, !heedsAll { continue }
            if entry.signal.means(session) { return true }
        }
        return false
    }
}
