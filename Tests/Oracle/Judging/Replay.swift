/// One client's record, gone through from the beginning.
struct Replay {
    private struct Due {
        let attempt: Attempt
        let tags: [String]
    }

    private let checker: Checker
    private let record: ClientRecord
    private let newcomers: Newcomers
    private var judgement = Judgement()

    /// What the client has to be told of, in the order of transaction ids.
    private let due: [Due]
    /// How many of them have been looked at since the last refetch.
    private var looked = 0

    private var base: DatabaseSnapshot?
    private var filter: [String] = []
    private var session: Int?
    private var asked: Moment?
    private var lastNamed: [UInt64] = []
    private var timeline: String?

    /// By transaction: each tag that was told with its id, when, and on which connection.
    private var told: [UInt64: [String: (at: Moment, connection: Int)]] = [:]
    /// Tags of events that had more transactions than they could name.
    private var toldForMany: [String: Moment] = [:]

    /// An event names so many transactions at most, and leaves the oldest out (`Pending`).
    private static let mostNamed = 1_000

    init(_ checker: Checker, _ record: ClientRecord, _ newcomers: Newcomers) {
        self.checker = checker
        self.record = record
        self.newcomers = newcomers
        due = checker.attempts.all.compactMap { attempt in
            guard attempt.isCommitted else { return nil }
            let tags = attempt.tags(for: record.grants)
            return tags.isEmpty ? nil : Due(attempt: attempt, tags: tags.sorted())
        }
    }

    mutating func take(_ index: Int) {
        let (moment, entry) = record.entries[index]
        switch entry {
        case .asked(let session, _, _):
            self.session = session
            asked = moment
            judgement.counts.connections += 1
        case .base(let snapshot, let filter):
            base = snapshot
            self.filter = filter
            looked = 0
        case .forgot: base = nil
        case .welcome(let resumed, let scopes): welcome(resumed, scopes, index)
        case .invalidate(let xids, let tags, let scopes):
            judgement.counts.events += 1
            hear(xids, tags, scopes, moment, index)
        case .glance(let snapshot): glance(snapshot, moment, index)
        case .reset(let reason): judgement.counts.resets[reason, default: 0] += 1
        case .goaway(let reason): judgement.counts.goaways[reason, default: 0] += 1
        case .id(let position):
            judgement.counts.ids += 1
            timeline = position.timeline
            hold(position, moment, index)
        case .refused(let status): judgement.counts.refusals[String(status), default: 0] += 1
        case .closed: break
        case .nonsense(let what): find(.nonsense, index, what)
        }
    }

    mutating func end() -> Judgement {
        for due in due {
            let tags = due.tags.filter { TagText.passes($0, filter) }
            guard !tags.isEmpty else { continue }
            judgement.counts.required += 1
            let missing = missing(due.attempt, tags)
            if missing.isEmpty {
                judgement.counts.told += 1
            } else if base?.sees(due.attempt) == true {
                judgement.counts.refetched += 1
            } else if record.hasArrived {
                miss(due.attempt, missing, "by the end of the round", record.entries.count - 1)
            }
        }
        return judgement
    }

    // MARK: What is promised

    /// Everything below an id's horizon has been told by now, or was in what the client fetched.
    private mutating func hold(_ position: StreamPosition, _ moment: Moment, _ index: Int) {
        guard let base else { return }
        while looked < due.count, due[looked].attempt.xid < position.horizon {
            let (attempt, tags) = (due[looked].attempt, due[looked].tags)
            looked += 1
            // An id cannot be about a transaction that got its own only after it had come.
            guard attempt.began < moment, !base.sees(attempt) else { continue }
            let missing = missing(attempt, tags.filter { TagText.passes($0, filter) })
            if !missing.isEmpty { miss(attempt, missing, "when \(position) had come", index) }
        }
    }

    private func missing(_ attempt: Attempt, _ tags: [String]) -> [String] {
        tags.filter { tag in
            !TagText.prefixes(of: tag).contains { prefix in
                if let told = told[attempt.xid]?[prefix], told.at > attempt.began { return true }
                return toldForMany[prefix].map { $0 > attempt.began } ?? false
            }
        }
    }

    private mutating func miss(_ attempt: Attempt, _ missing: [String], _ when: String, _ index: Int) {
        let few = missing.prefix(8).joined(separator: " ")
        let what = """
            not told \(when): \(few)\(missing.count > 8 ? " … (\(missing.count))" : ""); it holds \
            \(base.map { "what \($0) shows" } ?? "nothing")
            """
        find(.miss, index, what, about: [attempt])
    }

    // MARK: What is told

    private mutating func welcome(_ resumed: Bool, _ scopes: [String], _ index: Int) {
        if resumed { judgement.counts.resumed += 1 }
        if Set(scopes) != record.grants {
            find(.nonsense, index, "welcomed with other scopes than \(record.grants.sorted())")
        }
        if let session, let asked, let gone = checker.revoked[session], asked > gone {
            find(.leak, index, "welcomed with session \(session), which was revoked before")
        }
    }

    private mutating func hear(_ xids: [UInt64], _ tags: [String], _ scopes: [String], _ moment: Moment, _ index: Int) {
        lastNamed = xids
        if tags.isEmpty { find(.nonsense, index, "an invalidation without a tag") }
        for scope in scopes where !record.grants.contains(scope) {
            find(.leak, index, "told of the scope \(scope)")
        }
        let connection = judgement.counts.connections
        var allowed: Set<String> = []
        let isForged = tags.contains { ForgedTag.scope(of: $0) != nil }
        for xid in xids {
            let named = checker.attempts.named(xid, before: moment)
            // A payload that is copied with its proof names a true transaction beside a forged tag.
            if !isForged { accuse(xid, named, index) }
            for attempt in named {
                for tag in attempt.tags(for: record.grants) { allowed.formUnion(TagText.prefixes(of: tag)) }
            }
            for tag in tags where ForgedTag.scope(of: tag) == nil {
                let before = told[xid, default: [:]].updateValue((moment, connection), forKey: tag)
                if let before, before.connection != connection { judgement.counts.duplicates += 1 }
            }
        }
        let namesAll = xids.count < Self.mostNamed
        if !namesAll { for tag in tags { toldForMany[tag] = moment } }
        for tag in tags {
            for newcomer in newcomers.told(tag, in: timeline).map({ checker.attempts.all[$0] }) {
                guard newcomer.began < moment else { continue }
                told[newcomer.xid, default: [:]][tag] = (moment, connection)
                if newcomer.stage != .rolledBack {
                    allowed.formUnion(newcomer.tags(for: record.grants).flatMap(TagText.prefixes))
                }
            }
            if let scope = ForgedTag.scope(of: tag) {
                if scope != "*", !record.grants.contains(scope) {
                    find(.leak, index, "told of \(tag)")
                }
            } else if namesAll, !allowed.contains(tag) {
                let others = checker.attempts.all.filter { $0.told.values.contains { $0.contains(tag) } }
                find(.leak, index, "told of \(tag), which no transaction that was named made stale", about: others)
            }
        }
    }

    /// What a named transaction can be wrong in.
    private mutating func accuse(_ xid: UInt64, _ named: [Attempt], _ index: Int) {
        guard let last = named.last(where: { $0.stage != .rolledBack && $0.stage != .open }) else {
            if let rolledBack = named.last {
                find(.phantom, index, "told of a transaction that was rolled back", about: [rolledBack])
            } else {
                find(.phantom, index, "told of the transaction \(xid), which nobody made")
            }
            return
        }
        if named.allSatisfy({ $0.tags(for: record.grants).isEmpty }) {
            find(.leak, index, "told of a transaction that changed nothing for it", about: [last])
        }
        if let session, let gone = checker.revoked[session], named.allSatisfy({ $0.began > gone }) {
            find(.leak, index, "told after session \(session) had been revoked", about: [last])
        }
    }

    private mutating func glance(_ snapshot: DatabaseSnapshot, _ moment: Moment, _ index: Int) {
        for xid in lastNamed {
            let named = checker.attempts.named(xid, before: moment).filter(\.isCommitted)
            guard let last = named.last, !named.contains(where: { snapshot.sees($0) }) else { continue }
            find(.early, index, "told before it could be seen", about: [last])
        }
    }

    private mutating func find(_ kind: Finding.Kind, _ index: Int, _ what: String, about attempts: [Attempt] = []) {
        let story = judgement.keepsMore(kind) ? Story(record, index, what, attempts).text : ""
        judgement.find(kind, story)
    }
}
