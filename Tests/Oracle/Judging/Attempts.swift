/// All attempts of a round, settled: of each it is known whether it has committed for good.
package struct Attempts: Sendable {
    /// In the order of their ids.
    package let all: [Attempt]
    private let byXid: [UInt64: [Int]]

    package init(_ attempts: some Sequence<Attempt>) {
        let sorted = attempts.sorted { ($0.xid, $0.number) < ($1.xid, $1.number) }
        all = sorted
        byXid = Dictionary(grouping: sorted.indices) { sorted[$0].xid }
    }

    /// Those that a word about this transaction, received at `moment`, can be about.
    func named(_ xid: UInt64, before moment: Moment) -> [Attempt] {
        (byXid[xid] ?? []).map { all[$0] }.filter { $0.began < moment }
    }

    /// Adds how they ended.
    package func count(into counts: inout Counts) {
        for attempt in all {
            switch attempt.stage {
            case _ where attempt.isCommitted: counts.committed += 1
            case .open, .rolledBack: counts.rolledBack += 1
            case .asked, .acknowledged: counts.lost += 1
            }
        }
    }
}
