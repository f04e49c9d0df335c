/// All attempts of a round, settled: of each it is known whether it has committed for good.
package struct Attempts: Sendable {
    /// In the order of their ids.
    package let all: [Attempt]
    let tags: TagTable
    /// Of each attempt the tags by scope.
    private let told: [[String: [Int]]]
    private let byXid: [UInt64: [Int]]

    package init(_ attempts: some Sequence<Attempt>) {
        let sorted = attempts.sorted { ($0.xid, $0.number) < ($1.xid, $1.number) }
        var table = TagTable()
        told = sorted.map { $0.told.mapValues { $0.sorted().map { table.add($0) } } }
        tags = table
        all = sorted
        byXid = Dictionary(grouping: sorted.indices) { sorted[$0].xid }
    }

    /// Those that a word about this transaction, received at `moment`, can be about.
    func named(_ xid: UInt64, before moment: Moment) -> [Int] {
        (byXid[xid] ?? []).filter { all[$0].began < moment }
    }

    /// Of each attempt the tags that a session with these scopes has to be told, if it has committed.
    func due(to grants: Set<String>) -> [[Int]] {
        told.map { words in
            words.count == 1
                ? words.first.map { $0.key == "*" || grants.contains($0.key) ? $0.value : [] } ?? []
                : Array(Set(words.filter { $0.key == "*" || grants.contains($0.key) }.values.joined()))
        }
    }

    /// Adds how they ended.
    func count(into counts: inout Counts) {
        for attempt in all {
            switch attempt.stage {
            case _ where attempt.isCommitted: counts.committed += 1
            case .open, .rolledBack: counts.rolledBack += 1
            case .asked, .acknowledged: counts.lost += 1
            }
        }
    }
}
