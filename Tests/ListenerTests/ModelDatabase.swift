import Crypto
import Invalidation

@testable import Listener

/// PostgreSQL as far as ``Frontier`` depends on it: transactions that take ids, look at the delivery, and end, each step by
/// itself; a queue of notifications in the order of commits; and a log whose rows are seen once their transaction is.
struct ModelDatabase {
    static let secret = Array("a secret".utf8)

    struct Transaction {
        let xid: UInt64
        let horizon: UInt64

        /// What a snapshot from before said of the delivery; nil where each statement looks anew.
        let saw: Delivery?
        var isDecided = false
        var notifies = false
        var switching: Delivery?
        var isBeat = false
        var isLogout = false
    }

    /// `freshet.timeline`, as far as it is about the delivery.
    struct Delivery: Equatable {
        var polled = false
        var switches: UInt64 = 0
    }

    private(set) var nextXid: UInt64 = 100
    private(set) var running: [UInt64: Transaction] = [:]

    /// What was committed, in that order: by a transaction, or by hand, which has none and no row in the log.
    enum Commit: Equatable {
        case told(UInt64)
        case logout(UInt64)
        case byHand(Int)
    }

    private(set) var commits: [Commit] = []
    private(set) var queue: [String] = []
    private(set) var delivery = Delivery()

    /// The sequence, which every snapshot sees as it is now.
    private var switchBegun: UInt64 = 0

    /// Snapshots of transactions that have not taken an id yet.
    private(set) var idle: [(horizon: UInt64, delivery: Delivery)] = []

    /// Every transaction that committed an invalidation.
    var committed: [UInt64] { commits.compactMap { if case .told(let xid) = $0 { xid } else { nil } } }

    var logouts: [UInt64] { commits.compactMap { if case .logout(let xid) = $0 { xid } else { nil } } }

    var snapshot: Snapshot {
        let ids = running.keys.sorted()
        return Snapshot(xmin: ids.first ?? nextXid, xmax: nextXid, running: ids)
    }

    // MARK: Steps of transactions

    /// Repeatable read: a snapshot now, an id later.
    mutating func takeSnapshot() { idle.append((snapshot.xmin, delivery)) }

    /// An id, and nothing else yet.
    @discardableResult
    mutating func begin(idle index: Int? = nil) -> UInt64 {
        let old = index.map { idle.remove(at: $0) }
        defer { nextXid += 1 }
        let horizon = old?.horizon ?? min(snapshot.xmin, nextXid)
        running[nextXid] = Transaction(xid: nextXid, horizon: horizon, saw: old?.delivery)
        return nextXid
    }

    mutating func beginSwitch() {
        // The row of the setting lets one at a time.
        guard !running.values.contains(where: { $0.switching != nil }) else { return }
        let xid = begin()
        switchBegun += 1
        running[xid]?.switching = Delivery(polled: !delivery.polled, switches: switchBegun)
        running[xid]?.isDecided = true
    }

    mutating func beginLogout(idle index: Int? = nil) {
        let xid = begin(idle: index)
        running[xid]?.isLogout = true
    }

    mutating func notifyByHand() {
        queue.append(#"{"tags":[["hand",\#(commits.count)]],"scope":"global"}"#)
        commits.append(.byHand(commits.count))
    }

    mutating func beginBeat(_ nonce: String) -> UInt64 {
        let xid = begin()
        running[xid]?.isBeat = true
        running[xid]?.isDecided = true
        return xid
    }

    /// The look at how to deliver.
    mutating func decide(_ xid: UInt64) {
        guard let transaction = running[xid], !transaction.isDecided else { return }
        running[xid]?.isDecided = true
        let isPolled = transaction.saw.map { $0.polled && $0.switches == switchBegun } ?? delivery.polled
        running[xid]?.notifies = !isPolled
    }

    mutating func end(_ xid: UInt64, commits: Bool, nonce: String = "") {
        if running[xid]?.isDecided == false { decide(xid) }
        guard let transaction = running.removeValue(forKey: xid), commits else { return }
        if let switched = transaction.switching {
            delivery = switched
            queue.append(#"{"control":"settings"}"#)
        } else if transaction.isBeat {
            queue.append(#"{"beat":"\#(nonce)",\#(Self.claim(transaction))}"#)
        } else if transaction.isLogout {
            self.commits.append(.logout(xid))
            if transaction.notifies { queue.append(#"{"session":"\#(xid)"}"#) }
        } else {
            self.commits.append(.told(xid))
            if transaction.notifies {
                queue.append(#"{"tags":[["t",\#(xid)]],"scope":"global",\#(Self.claim(transaction))}"#)
            }
        }
    }

    mutating func forgeSettings() { queue.append(#"{"control":"settings"}"#) }

    private static func claim(_ transaction: Transaction) -> String {
        let (xid, horizon) = (transaction.xid, transaction.horizon)
        let hash = SHA256.hash(data: secret + Array("\(xid):\(horizon)".utf8))
        let proof = hash.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return #""xid":"\#(xid)","horizon":"\#(horizon)","proof":"\#(proof)""#
    }

    // MARK: What the listener reads

    static func row(_ xid: UInt64) -> Invalidation {
        Invalidation(tags: Tag(text: "t/\(xid)").map { [$0] } ?? [], scope: .global, xid: xid)
    }

    func catchUp(after position: Position?, timeline: Timeline) -> CatchUp {
        let from = position?.horizon ?? 0
        return CatchUp(
            timeline: timeline,
            secret: Self.secret,
            polled: delivery.polled,
            switches: delivery.switches,
            logCompleteFrom: 1,
            controls: .none,
            snapshot: snapshot,
            entries: committed.filter { $0 >= from }.map(Self.row),
            readFrom: from
        )
    }

    /// All pages of a poll, of `size` rows each.
    func pages(of request: LogRequest, size: Int) -> [LogPage] {
        let shown = snapshot
        let rows = commits.compactMap { commit -> (xid: UInt64, entry: LogEntry)? in
            switch commit {
            case .told(let xid): (xid, .invalidation(Self.row(xid)))
            case .logout(let xid): (xid, .signal(.session("\(xid)")))
            case .byHand: nil
            }
        }.filter { row in
            let isSeen = row.xid < request.seen.xmax && !request.seen.running.contains(row.xid)
            return !isSeen && row.xid < request.limit ?? .max && !request.statusOnly
        }.sorted { $0.xid < $1.xid }
        let starts = Array(stride(from: 0, through: rows.count, by: size))
        return starts.map { start in
            LogPage(
                polled: delivery.polled,
                switches: delivery.switches,
                completeFrom: 1,
                controls: 0,
                snapshot: shown,
                entries: rows[start..<min(start + size, rows.count)].map(\.entry),
                isFirst: start == 0,
                isLast: start == starts.last
            )
        }
    }
}
