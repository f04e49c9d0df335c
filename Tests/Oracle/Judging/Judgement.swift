/// What came out for one client, or one round.
package struct Judgement: Sendable {
    package var counts = Counts()
    /// The first few; ``Counts/findings`` counts all.
    package private(set) var findings: [Finding] = []

    private static let keptOfAKind = 3

    package init() {}

    /// Whether the story of another one will be kept.
    func keepsMore(_ kind: Finding.Kind) -> Bool { findings.count { $0.kind == kind } < Self.keptOfAKind }

    package mutating func find(_ kind: Finding.Kind, _ story: String) {
        counts.findings[kind, default: 0] += 1
        if keepsMore(kind) { findings.append(Finding(kind, story)) }
    }

    package mutating func add(_ other: Judgement) {
        counts.add(other.counts)
        for finding in other.findings where keepsMore(finding.kind) { findings.append(finding) }
    }
}
