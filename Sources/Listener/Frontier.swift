import Invalidation

/// How far the listener has come, and what a notification, a page of the log or a new connection adds to that.
///
/// A value that decides; ``Relay`` acts. PostgreSQL queues notifications in commit order: when that of a transaction
/// whose snapshot had the horizon H is here, so is that of every transaction below H that notified. What others left to
/// the log, ``LogCursor`` bounds. The position is the lower of the two, and nothing else moves it (CONTRACT.md §2).
struct Frontier: Sendable {
    /// What has to be done about a notification or a page.
    enum Effect: Sendable {
        case publish(Feed)
        case signal(SessionSignal)

        /// This listener's own heartbeat has come back.
        case roundTrip

        /// The setting of the delivery has to be looked at.
        case settingsChanged

        /// A payload or a row was bad, and has been skipped, or something told in its place.
        case skipped(Payload.Fault)

        /// More was heard than can wait for a poll: the log has to be read from anew.
        case overflow
    }

    private var position: Position?
    private var proof = Proof(secret: [])
    private var cursor = LogCursor()

    /// The highest proven horizon among the notifications that have been told.
    private var heardHorizon: UInt64 = 0
    private var deferral = Deferral()

    /// The heartbeat that is under way.
    private var nonce: String?

    /// From which transaction on the log is needed at the next connection; nil where all of it is.
    var needed: Position? { position }

    /// What has to be read from the log next; nil while notifications tell everything.
    var request: LogRequest? {
        var request = cursor.request
        request?.heard = deferral.count
        return request
    }

    /// Takes in what a new connection found.
    ///
    /// - Returns: the invalidations that were missed, where the log has all of them; else a new beginning.
    mutating func attach(_ catchUp: CatchUp) -> Feed {
        proof = Proof(secret: catchUp.secret)
        nonce = nil
        deferral.removeAll()
        heardHorizon = 0
        cursor.attach(catchUp)
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
        // Whether a heartbeat came: then the feed is told, also of nothing.
        var hasBeat = false
        func flush() {
            guard !batch.isEmpty || hasBeat, let position else { return }
            effects.append(.publish(.advanced(batch, horizon: position.horizon)))
            batch = []
            hasBeat = false
        }
        for text in payloads {
            do throws(Payload.Fault) {
                switch try Payload(text) {
                case .invalidation(let told, let claim):
                    let claim = proven(claim)
                    let proven = Invalidation(told, xid: claim?.xid)
                    if cursor.mayBeBehind {
                        deferral.append(proven, horizon: claim?.horizon ?? 0)
                    } else {
                        batch.append(proven)
                        advance(to: claim?.horizon ?? 0)
                    }
                case .signal(let signal):
                    flush()
                    effects.append(.signal(signal))
                case .beat(let nonce, let claim):
                    if let claim = proven(claim) {
                        // It promises what waits, too.
                        if cursor.mayBeBehind {
                            deferral.append(nil, horizon: claim.horizon)
                        } else {
                            advance(to: claim.horizon)
                        }
                        hasBeat = true
                    }
                    guard nonce == self.nonce else { continue }
                    self.nonce = nil
                    flush()
                    effects.append(.roundTrip)
                case .settings:
                    cursor.suspect()
                    effects.append(.settingsChanged)
                case .other: break
                }
            } catch {
                effects.append(.skipped(error))
            }
        }
        flush()
        if deferral.isFull { effects.append(.overflow) }
        return effects
    }

    /// Takes in one page of what `request` asked for.
    ///
    /// - Throws: ``ListenerError/pruned`` where rows may have been deleted that were not read.
    mutating func take(_ page: LogPage, of request: LogRequest) throws(ListenerError) -> [Effect] {
        guard !cursor.hasLost(page) else { throw .pruned }
        var effects: [Effect] = []
        var news: [Invalidation] = []
        for entry in page.entries {
            switch entry {
            case .signal(let signal): effects.append(.signal(signal))
            case .invalidation(let told): news.append(told)
            case .unreadable(let told):
                effects.append(.skipped(.unreadableRow))
                news.append(told)
            }
        }
        // What was said of sessions before any of this was committed is on the page too, if that is all that was
        // committed. If not, it may be on a page to come, or on its way as a notification.
        let isAll = page.isFirst && page.isLast && request.limit == nil
        if !isAll, !news.isEmpty { effects.append(.signal(.all)) }
        if page.isLast, let horizon = position?.horizon {
            let hasRead = cursor.finish(page, of: request, horizon: horizon)
            news += release(after: hasRead ? request : nil, except: news)
        }
        if !news.isEmpty, let position { effects.append(.publish(.advanced(news, horizon: position.horizon))) }
        return effects
    }

    /// What has waited for this poll, but for what the poll itself has read.
    private mutating func release(after request: LogRequest?, except read: [Invalidation]) -> [Invalidation] {
        let count = cursor.mayBeBehind ? request?.heard ?? 0 : deferral.count
        let (told, horizon) = deferral.release(upTo: count)
        advance(to: horizon)
        guard !told.isEmpty, !read.isEmpty else { return told }
        let known = Set(read)
        return told.filter { !known.contains($0) }
    }

    /// The claim, if its proof holds.
    private mutating func proven(_ claim: Payload.Claim?) -> Payload.Claim? {
        claim.flatMap { proof.holds($0) ? $0 : nil }
    }

    /// Moves the position as far as what was heard, up to `horizon`, and what was read allow.
    private mutating func advance(to horizon: UInt64) {
        heardHorizon = max(heardHorizon, horizon)
        guard let known = position?.horizon else { return }
        let reached = cursor.readsEverything ? cursor.bound : min(heardHorizon, cursor.bound)
        position?.horizon = max(known, reached)
    }
}

extension Invalidation {
    /// The same, of a transaction that has been proven.
    fileprivate init(_ told: Invalidation, xid: UInt64?) {
        self.init(tags: told.tags, scope: told.scope, xid: xid, origin: told.origin, coversAll: told.coversAll)
    }
}
