import Invalidation

/// How far the listener has come, and what a notification or a new connection adds to that.
///
/// A value that decides; ``Listener`` acts. PostgreSQL queues notifications in commit order: when that of a transaction
/// whose snapshot had the horizon H is here, so is that of every transaction below H. The position is the highest such
/// H, and nothing else moves it (CONTRACT.md §2).
struct Frontier: Sendable {
    /// What has to be done about a notification.
    enum Effect: Sendable {
        case publish(Feed)
        case signal(SessionSignal)

        /// This listener's own heartbeat has come back.
        case roundTrip

        /// A payload was bad, and has been skipped.
        case skipped(Payload.Fault)
    }

    private var position: Position?
    private var proof = Proof(secret: [])

    /// The heartbeat that is under way.
    private var nonce: String?

    /// From which transaction on the log is needed at the next connection; nil where all of it is.
    var needed: Position? { position }

    /// Takes in what a new connection found.
    ///
    /// - Returns: the invalidations that were missed, where the log has all of them; else a new beginning.
    mutating func attach(_ catchUp: CatchUp) -> Feed {
        proof = Proof(secret: catchUp.secret)
        nonce = nil
        if let position, position.timeline == catchUp.timeline, let readFrom = catchUp.readFrom,
            readFrom <= position.horizon
        {
            let missed = catchUp.entries.filter { ($0.xid ?? .max) >= position.horizon }
            self.position?.horizon = max(position.horizon, catchUp.horizon)
            return .advanced(missed, horizon: catchUp.horizon)
        }
        let position = Position(timeline: catchUp.timeline, horizon: catchUp.horizon)
        self.position = position
        let floor = catchUp.readFrom ?? catchUp.horizon
        return .began(position: position, floor: floor, entries: catchUp.entries)
    }

    /// A heartbeat with this nonce is on its way.
    mutating func willBeat(_ nonce: String) { self.nonce = nonce }

    /// Takes in notifications in the order in which they came.
    mutating func hear(_ payloads: some Sequence<String>) -> [Effect] {
        var effects: [Effect] = []
        var batch: [Invalidation] = []
        var horizon: UInt64 = 0
        func flush() {
            guard !batch.isEmpty || horizon > 0 else { return }
            effects.append(.publish(.advanced(batch, horizon: horizon)))
            batch = []
            horizon = 0
        }
        for text in payloads {
            do throws(Payload.Fault) {
                switch try Payload(text) {
                case .invalidation(let told, let claim):
                    let proven = advance(claim)
                    batch.append(Invalidation(told, xid: proven?.xid))
                    horizon = max(horizon, proven?.horizon ?? 0)
                case .signal(let signal):
                    flush()
                    effects.append(.signal(signal))
                case .beat(let nonce, let claim):
                    horizon = max(horizon, advance(claim)?.horizon ?? 0)
                    guard nonce == self.nonce else { continue }
                    self.nonce = nil
                    flush()
                    effects.append(.roundTrip)
                case .other: break
                }
            } catch {
                effects.append(.skipped(error))
            }
        }
        flush()
        return effects
    }

    /// - Returns: the claim, if its proof holds.
    private mutating func advance(_ claim: Payload.Claim?) -> Payload.Claim? {
        guard let claim, proof.holds(claim) else { return nil }
        if let known = position?.horizon { position?.horizon = max(known, claim.horizon) }
        return claim
    }
}

extension Invalidation {
    /// The same, of a transaction that has been proven.
    fileprivate init(_ told: Invalidation, xid: UInt64?) {
        self.init(tags: told.tags, scope: told.scope, xid: xid, origin: told.origin, coversAll: told.coversAll)
    }
}
