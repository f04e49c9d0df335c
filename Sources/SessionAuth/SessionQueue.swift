import Invalidation
import TokenFormats

/// The credentials that wait to be looked up, and the checks that are due: what the next round trip asks.
struct SessionQueue: Sendable {
    /// The most credentials in one round trip.
    static let batch = 500

    /// The most that wait; a client past it is told that the service is unavailable for now.
    static let limit = 20_000

    /// A client that waits to be told who it is.
    struct Arrival: Sendable {
        let key: SessionKey
        let claim: SessionClaim
        let answer: @Sendable (Authentication) -> Void

        /// Whether a round trip with it has been lost once; a second loss is an answer.
        var isSecondTry = false
    }

    /// One round trip's worth of work.
    struct Work: Sendable {
        var arrivals: [Arrival] = []
        var checks: [SessionDirectory<SealedClaim>.Check] = []

        var isEmpty: Bool { arrivals.isEmpty && checks.isEmpty }
    }

    var directory = SessionDirectory<SealedClaim>()
    private var waiting: [Arrival] = []

    /// Whether the database answers; while it does not, nobody waits.
    var isReachable = false

    /// The signals that came while a round trip was under way; nil while none is.
    private(set) var missed: [SessionSignal]?

    /// - Returns: false where the client cannot wait.
    mutating func append(_ arrival: Arrival) -> Bool {
        guard isReachable, waiting.count < Self.limit else { return false }
        waiting.append(arrival)
        return true
    }

    /// How many signals have been heard, those included that mean nobody who is here.
    private(set) var signals = 0

    mutating func hear(_ signal: SessionSignal) -> [LiveSession] {
        signals += 1
        if let count = missed?.count {
            // Past a bound it is simpler, and never less, to doubt everybody.
            if count < 1_000 { missed?.append(signal) } else { missed = [.all] }
        }
        return directory.hear(signal)
    }

    /// Takes the next round trip's work; what is heard from now on may not be reflected in its answer.
    mutating func take() -> Work {
        let arrivals = Array(waiting.prefix(Self.batch))
        waiting.removeFirst(arrivals.count)
        let work = Work(arrivals: arrivals, checks: directory.takeChecks(Self.batch - arrivals.count))
        if !work.isEmpty { missed = [] }
        return work
    }

    /// Ends the round trip and gives the signals that came meanwhile.
    mutating func finish() -> [SessionSignal] {
        defer { missed = nil }
        return missed ?? []
    }

    /// The round trip was lost with its connection. The checks wait for the next one, and so does who has not waited twice.
    ///
    /// - Returns: those who have.
    mutating func putBack(_ work: Work) -> [Arrival] {
        missed = nil
        directory.putBack(work.checks)
        waiting.insert(
            contentsOf: work.arrivals.lazy.filter { !$0.isSecondTry }.map { arrival in
                var arrival = arrival
                arrival.isSecondTry = true
                return arrival
            },
            at: 0
        )
        return work.arrivals.filter(\.isSecondTry)
    }

    /// Nobody is answered any more: gives those who wait.
    mutating func becomeUnreachable() -> [Arrival] {
        isReachable = false
        missed = nil
        defer { waiting = [] }
        return waiting
    }
}
