import Invalidation

/// Which transactions a snapshot of PostgreSQL shows, as `pg_current_snapshot()` writes it: `xmin:xmax:running`
/// (PostgreSQL manual, Transaction ID and Snapshot Information Functions).
struct Snapshot: Sendable, Hashable {
    /// Every transaction below has ended.
    var xmin: UInt64

    /// No transaction from here on had ended.
    var xmax: UInt64

    /// Those between that had not ended, in ascending order.
    var running: [UInt64]

    init(xmin: UInt64, xmax: UInt64, running: [UInt64]) {
        self.xmin = xmin
        self.xmax = xmax
        self.running = running
    }

    /// One that shows the transactions below `horizon` and no other.
    init(upTo horizon: UInt64) { self.init(xmin: horizon, xmax: horizon, running: []) }

    init?(text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 3, let xmin = UInt64(digits: parts[0]), let xmax = UInt64(digits: parts[1]) else {
            return nil
        }
        let running = parts[2].split(separator: UInt8(ascii: ",")).map { UInt64(digits: $0) }
        guard xmin <= xmax, !running.contains(nil) else { return nil }
        self.init(xmin: xmin, xmax: xmax, running: running.compactMap { $0 })
    }

    var text: String { "\(xmin):\(xmax):\(running.map(String.init).joined(separator: ","))" }

    /// What it says of the transactions below `limit` alone, as if no other had begun.
    func below(_ limit: UInt64) -> Snapshot {
        Snapshot(xmin: min(xmin, limit), xmax: limit, running: running.filter { $0 < limit })
    }
}
