/// What came out for one client, or one round.
package struct Judgement: Sendable {
    package var counts = Counts()
    /// The first few; ``Counts/findings`` counts all.
    package private(set) var findings: [Finding] = []

    private static let keptFindings = 12

    package init() {}

    /// Whether the next one's story will be kept.
    var keepsMore: Bool { findings.count < Self.keptFindings }

    package mutating func find(_ kind: Finding.Kind, _ story: String) {
        counts.findings[kind, default: 0] += 1
        if keepsMore { findings.append(Finding(kind, story)) }
    }

    package mutating func add(_ other: Judgement) {
        counts.add(other.counts)
        findings += other.findings.prefix(Self.keptFindings - min(findings.count, Self.keptFindings))
    }
}
