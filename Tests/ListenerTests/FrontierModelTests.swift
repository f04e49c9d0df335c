import Invalidation
import SeededRandom
import Testing

@testable import Listener

/// Random histories of transactions, switches of the delivery, lost connections and forged words, against a model.
@Suite struct FrontierModelTests {
    /// The listener's side: what it has heard, read, and told.
    private struct Reader {
        var frontier = Frontier()
        var heardUpTo = 0
        var told: Set<UInt64> = []
        var pages: [(LogRequest, LogPage)] = []
        var nonce: String?

        /// The logouts that have been obeyed: their streams are told nothing any more.
        var obeyed: Set<UInt64> = []

        /// What was told before a logout that was committed earlier.
        var leaks: [ModelDatabase.Commit] = []

        mutating func tell(_ effects: [Frontier.Effect], _ database: ModelDatabase) {
            for effect in effects {
                switch effect {
                case .publish(.advanced(let batch, _)): for told in batch { tell(told, database) }
                case .signal(.session(let id)): UInt64(id).map { _ = obeyed.insert($0) }
                case .signal(.all): obeyed.formUnion(database.logouts)
                case .roundTrip: nonce = nil
                default: break
                }
            }
        }

        private mutating func tell(_ invalidation: Invalidation, _ database: ModelDatabase) {
            let commit: ModelDatabase.Commit
            if let xid = invalidation.xid {
                told.insert(xid)
                commit = .told(xid)
            } else {
                commit = .byHand(invalidation.tags.first?.text.split(separator: "/").last.flatMap { Int($0) } ?? -1)
            }
            guard let place = database.commits.firstIndex(of: commit) else { return leaks.append(commit) }
            for case .logout(let xid) in database.commits[..<place] where !obeyed.contains(xid) { leaks.append(commit) }
        }
    }

    private static let timeline = Timeline("t1") ?? { preconditionFailure("t1 is a timeline") }()

    /// An id promises that everything below it has been told (CONTRACT.md §5).
    private func broken(_ reader: Reader, _ database: ModelDatabase) -> [UInt64] {
        guard let horizon = reader.frontier.needed?.horizon else { return [] }
        return database.committed.filter { $0 < horizon && !reader.told.contains($0) }
    }

    private func attach(_ reader: inout Reader, _ database: ModelDatabase) {
        reader.pages = []
        reader.nonce = nil
        // The relay has every session looked at.
        reader.obeyed.formUnion(database.logouts)
        let state = database.catchUp(after: reader.frontier.needed, timeline: Self.timeline)
        switch reader.frontier.attach(state) {
        case .began: reader.told.formUnion(database.committed)
        case .advanced(let missed, _): reader.told.formUnion(missed.compactMap(\.xid))
        case .controlled: break
        }
    }

    @Test(arguments: 0..<400)
    func `no position promises too much, nothing is told past a logout, and all is told in the end`(seed: UInt64) throws
    {
        var random = SeededRandom(seed: seed)
        var database = ModelDatabase()
        var reader = Reader()
        var beats: [UInt64: String] = [:]
        reader.heardUpTo = database.queue.count
        attach(&reader, database)

        for step in 0..<400 {
            let running = database.running.keys.sorted()
            switch Int.random(in: 0..<23, using: &random) {
            case 0, 1, 2: database.begin()
            case 3: database.takeSnapshot()
            case 4 where !database.idle.isEmpty:
                database.begin(idle: Int.random(in: 0..<database.idle.count, using: &random))
            case 5, 6:
                if let xid = running.randomElement(using: &random) { database.decide(xid) }
            case 7, 8, 9, 10:
                if let xid = running.randomElement(using: &random) {
                    let commits = Int.random(in: 0..<8, using: &random) > 0
                    database.end(xid, commits: commits, nonce: beats[xid] ?? "")
                }
            case 11: if Int.random(in: 0..<4, using: &random) == 0 { database.beginSwitch() }
            case 12: if Int.random(in: 0..<6, using: &random) == 0 { database.forgeSettings() }
            case 13 where reader.nonce == nil:
                reader.nonce = "n\(step)"
                reader.frontier.willBeat("n\(step)")
                beats[database.beginBeat("n\(step)")] = "n\(step)"
            case 14, 15:
                let count = Int.random(in: 0...(database.queue.count - reader.heardUpTo), using: &random)
                let batch = database.queue[reader.heardUpTo..<(reader.heardUpTo + count)]
                reader.heardUpTo += count
                reader.tell(reader.frontier.hear(batch), database)
            case 16 where reader.pages.isEmpty:
                if let request = reader.frontier.request {
                    let size = Int.random(in: 1...4, using: &random)
                    reader.pages = database.pages(of: request, size: size).map { (request, $0) }
                }
            case 17,
                18 where !reader.pages.isEmpty:
                if !reader.pages.isEmpty {
                    let (request, page) = reader.pages.removeFirst()
                    reader.tell(try reader.frontier.take(page, of: request), database)
                }
            case 19:
                if Int.random(in: 0..<10, using: &random) == 0 {
                    // LISTEN is first and the snapshot second; what commits between is notified and in the log.
                    reader.heardUpTo = database.queue.count
                    if let xid = running.randomElement(using: &random), beats[xid] == nil {
                        database.end(xid, commits: true)
                    }
                    attach(&reader, database)
                }
            case 20: database.beginLogout()
            case 21 where !database.idle.isEmpty:
                database.beginLogout(idle: Int.random(in: 0..<database.idle.count, using: &random))
            case 22: database.notifyByHand()
            default: break
            }
            let missing = broken(reader, database)
            try #require(missing.isEmpty, "at step \(step)")
            try #require(reader.leaks.isEmpty, "at step \(step)")
        }

        // All end, everything is heard and read, and a heartbeat goes round.
        for xid in database.running.keys.sorted() { database.end(xid, commits: true, nonce: beats[xid] ?? "") }
        for round in 0..<4 {
            reader.frontier.willBeat("end\(round)")
            database.end(database.beginBeat("end\(round)"), commits: true, nonce: "end\(round)")
            reader.tell(reader.frontier.hear(database.queue[reader.heardUpTo...]), database)
            reader.heardUpTo = database.queue.count
            for (request, page) in reader.pages { reader.tell(try reader.frontier.take(page, of: request), database) }
            reader.pages = []
            if let request = reader.frontier.request {
                for page in database.pages(of: request, size: 3) {
                    reader.tell(try reader.frontier.take(page, of: request), database)
                }
            }
        }
        let last = try #require(database.committed.max())
        let missing = database.committed.filter { !reader.told.contains($0) }
        #expect(missing.isEmpty, "\(missing)")
        #expect(try #require(reader.frontier.needed?.horizon) > last)
    }
}
