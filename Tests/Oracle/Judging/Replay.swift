/// One client's record, gone through from the beginning.
struct Replay {
    private let checker: Checker
    private let attempts: Attempts
    private let record: ClientRecord
    /// What each attempt has to tell this client.
    private let due: [[Int]]
    private let newcomers: Newcomers
    private var judgement = Judgement()

    /// How many attempts have been looked at since the last refetch.
    private var looked = 0
    private var told = ToldTags()
    private var base: DatabaseSnapshot?
    private var filter: [String] = []
    private var session: Int?
    private var asked: Moment?
    private var lastNamed: [UInt64] = []
    private var timeline: String?

    /// An event names so many transactions at most, and leaves the oldest out (`Pending`).
    private static let mostNamed = 1_000

    init(_ checker: Checker, _ record: ClientRecord, _ due: [[Int]], _ newcomers: Newcomers) {
        self.checker = checker
        attempts = checker.attempts
        self.record = record
        self.due = due
        self.newcomers = newcomers
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
        for index in attempts.all.indices where attempts.all[index].isCommitted {
            let tags = dueTags(index)
            guard !tags.isEmpty else { continue }
            judgement.counts.required += 1
            let untold = told.missing(tags, of: attempts.all[index], index, attempts.tags)
            let missing = unexcused(untold, index, record.entries.last?.0 ?? .now)
            if untold.isEmpty {
                judgement.counts.told += 1
            } else if missing.isEmpty {
                judgement.counts.disabled += 1
            } else if base?.sees(attempts.all[index]) == true {
                judgement.counts.refetched += 1
            } else if record.hasArrived {
                miss(index, missing, "by the end of the round", record.entries.count - 1)
            }
        }
        return judgement
    }

    // MARK: What is promised

    /// Everything below an id's horizon has been told by now, or was in what the client fetched.
    private mutating func hold(_ position: StreamPosition, _ moment: Moment, _ index: Int) {
        guard let base else { return }
        while looked < attempts.all.count, attempts.all[looked].xid < position.horizon {
            let (attempt, number) = (attempts.all[looked], looked)
            looked += 1
            // An id cannot be about a transaction that got its own only after it had come.
            guard attempt.isCommitted, !due[number].isEmpty, attempt.began < moment, !base.sees(attempt) else {
                continue
            }
            judgement.counts.vouched += 1
            let untold = told.missing(dueTags(number), of: attempt, number, attempts.tags)
            let missing = unexcused(untold, number, moment)
            if !missing.isEmpty { miss(number, missing, "when \(position) had come", index) }
        }
    }

    private func dueTags(_ attempt: Int) -> [Int] {
        filter.isEmpty ? due[attempt] : due[attempt].filter { TagText.passes(attempts.tags.texts[$0], filter) }
    }

    /// Those that no disabled tag stands for.
    private func unexcused(_ missing: [Int], _ attempt: Int, _ moment: Moment) -> [Int] {
        guard !missing.isEmpty, !checker.disabled.isEmpty else { return missing }
        let began = attempts.all[attempt].began
        return missing.filter { tag in
            !checker.disabled.contains { $0.excuses(attempts.tags.texts[tag], began: began, at: moment) }
        }
    }

    private mutating func miss(_ attempt: Int, _ missing: [Int], _ when: String, _ index: Int) {
        let few = missing.prefix(8).map { attempts.tags.texts[$0] }.joined(separator: " ")
        let what = """
            not told \(when): \(few)\(missing.count > 8 ? " … (\(missing.count))" : ""); it holds \
            \(base.map { "what \($0) shows" } ?? "nothing")
            """
        find(.miss, index, what, about: [attempts.all[attempt]])
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
        for scope in scopes where !record.grants.contains(scope) { find(.leak, index, "told of the scope \(scope)") }

        let honest = tags.filter { ForgedTag.scope(of: $0) == nil }
        let numbers = Set(honest.compactMap { attempts.tags.number(of: $0) })
        let namesAll = xids.count < Self.mostNamed
        judgement.counts.duplicates += told.add(
            numbers,
            for: xids,
            namesAll: namesAll,
            at: moment,
            connection: judgement.counts.connections
        )
        var allowed: Set<Int> = []
        for xid in xids {
            let named = attempts.named(xid, before: moment)
            // A payload that is copied with its proof names a true transaction beside a forged tag.
            if honest.count == tags.count { accuse(xid, named, index) }
            for attempt in named { allow(attempt, &allowed) }
        }
        for tag in numbers {
            for newcomer in newcomers.told(tag, in: timeline) where attempts.all[newcomer].began < moment {
                told.add(tag, for: newcomer, at: moment)
                if attempts.all[newcomer].stage != .rolledBack { allow(newcomer, &allowed) }
            }
        }
        let isRepeated = xids.contains { attempts.named($0, before: moment).isEmpty && checker.earlier.contains($0) }
        if namesAll, !isRepeated { accuse(honest, allowed, index) }
        for tag in tags {
            if let scope = ForgedTag.scope(of: tag), scope != "*", !record.grants.contains(scope) {
                find(.leak, index, "told of \(tag)")
            }
        }
    }

    private func allow(_ attempt: Int, _ allowed: inout Set<Int>) {
        for tag in due[attempt] { allowed.formUnion(attempts.tags.covering[tag]) }
    }

    /// What a named transaction can be wrong in.
    private mutating func accuse(_ xid: UInt64, _ named: [Int], _ index: Int) {
        let all = named.map { attempts.all[$0] }
        guard let last = all.last(where: { $0.stage != .rolledBack && $0.stage != .open }) else {
            if all.isEmpty, checker.earlier.contains(xid) { return }
            if all.isEmpty {
                find(.phantom, index, "told of the transaction \(xid), which nobody made")
            } else {
                find(.phantom, index, "told of a transaction that was rolled back", about: all)
            }
            return
        }
        if named.allSatisfy({ due[$0].isEmpty }) {
            find(.leak, index, "told of a transaction that changed nothing for it", about: [last])
        }
        if let session, let gone = checker.revoked[session], all.allSatisfy({ $0.began > gone }) {
            find(.leak, index, "told after session \(session) had been revoked", about: [last])
        }
    }

    /// What a told tag can be wrong in.
    private mutating func accuse(_ tags: [String], _ allowed: Set<Int>, _ index: Int) {
        for tag in tags where attempts.tags.number(of: tag).map({ allowed.contains($0) }) != true {
            let others = attempts.all.filter { $0.told.values.contains { $0.contains(tag) } }
            find(.leak, index, "told of \(tag), which no transaction that was named made stale", about: others)
        }
    }

    private mutating func glance(_ snapshot: DatabaseSnapshot, _ moment: Moment, _ index: Int) {
        for xid in lastNamed {
            let named = attempts.named(xid, before: moment).map { attempts.all[$0] }.filter(\.isCommitted)
            guard let last = named.last, !named.contains(where: { snapshot.sees($0) }) else { continue }
            find(.early, index, "told before it could be seen", about: [last])
        }
    }

    private mutating func find(_ kind: Finding.Kind, _ index: Int, _ what: String, about attempts: [Attempt] = []) {
        let story = judgement.keepsMore(kind) ? Story(record, index, what, attempts).text : ""
        judgement.find(kind, story)
    }
}
