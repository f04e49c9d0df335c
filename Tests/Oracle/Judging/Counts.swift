/// What a run did and found, for its report.
package struct Counts: Sendable {
    package var rounds = 0
    package var committed = 0
    package var rolledBack = 0
    /// `commit` was sent, and the database no longer knows of it, or never did.
    package var lost = 0
    /// Pairs of a client and a committed transaction that it has to know of.
    package var required = 0
    /// Those of them that the client was told of.
    package var told = 0
    /// Those that it was not told of, because it fetched everything after they had committed.
    package var refetched = 0
    /// Those that it was not told of, because their tags were disabled.
    package var disabled = 0
    /// Those that an id vouched for, and that no refetch had shown: where a miss is looked for.
    package var vouched = 0
    /// Transactions that were told again to a client on a later connection.
    package var duplicates = 0
    package var events = 0
    package var ids = 0
    package var connections = 0
    package var resumed = 0
    package var resets: [String: Int] = [:]
    package var goaways: [String: Int] = [:]
    package var refusals: [String: Int] = [:]
    package var faults: [String: Int] = [:]
    package var findings: [Finding.Kind: Int] = [:]

    package init() {}

    package mutating func add(_ other: Counts) {
        rounds += other.rounds
        committed += other.committed
        rolledBack += other.rolledBack
        lost += other.lost
        required += other.required
        told += other.told
        refetched += other.refetched
        disabled += other.disabled
        vouched += other.vouched
        duplicates += other.duplicates
        events += other.events
        ids += other.ids
        connections += other.connections
        resumed += other.resumed
        resets.merge(other.resets, uniquingKeysWith: +)
        goaways.merge(other.goaways, uniquingKeysWith: +)
        refusals.merge(other.refusals, uniquingKeysWith: +)
        faults.merge(other.faults, uniquingKeysWith: +)
        findings.merge(other.findings, uniquingKeysWith: +)
    }
}

extension Counts: CustomStringConvertible {
    package var description: String {
        """
        rounds         \(rounds)
        transactions   \(committed) committed, \(rolledBack) rolled back, \(lost) lost
        invalidations  \(required) required (client × transaction): \(told) told, \(refetched) covered by a refetch of all, \(disabled) disabled
        vouched for    \(vouched) by an id (client × transaction), no refetch having shown them
        duplicates     \(duplicates)
        streams        \(connections) asked for, \(resumed) resumed, \(events) events, \(ids) ids
        resets         \(Self.list(resets))
        goaways        \(Self.list(goaways))
        refusals       \(Self.list(refusals))
        faults         \(Self.list(faults))
        found          \(Finding.Kind.allCases.map { "\($0.rawValue) \(findings[$0] ?? 0)" }.joined(separator: ", "))
        """
    }

    private static func list(_ counts: [String: Int]) -> String {
        let total = counts.values.reduce(0, +)
        guard total > 0 else { return "0" }
        let parts = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return "\(total) (\(parts.joined(separator: ", ")))"
    }
}
