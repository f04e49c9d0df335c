/// Tells of a finding so that its cause can be looked for: who, what was expected, and what came before.
struct Story {
    private(set) var text = ""

    private static let entriesBefore = 14
    private static let entriesAbout = 6
    private static let mostAttempts = 4

    private let record: ClientRecord
    private let index: Int

    /// - Parameters:
    ///   - index: the entry at which it was found.
    ///   - attempts: the transactions that it is about.
    init(_ record: ClientRecord, _ index: Int, _ what: String, _ attempts: [Attempt] = []) {
        self.record = record
        self.index = index
        var lines = [
            "client \(record.client), user \(record.user), \(record.grants.sorted().joined(separator: " ")): \(what)"
        ]
        for attempt in attempts.suffix(Self.mostAttempts) { lines += about(attempt) }
        lines.append("  the last that it took:")
        lines += record.entries.indices.prefix(index + 1).suffix(Self.entriesBefore).map(line)
        text = lines.joined(separator: "\n")
    }

    private func about(_ attempt: Attempt) -> [String] {
        var lines = ["  \(attempt)"]
        lines.append("    it began at \(seconds(attempt.began)); the client heard of it:")
        let hearing = record.entries.indices.filter { index in
            if case .invalidate(let xids, _, _) = record.entries[index].entry {
                xids.contains(attempt.xid)
            } else {
                false
            }
        }
        lines += hearing.isEmpty ? ["    never"] : hearing.suffix(Self.entriesAbout).map(line)
        lines.append("    around that moment:")
        lines += record.entries.indices.filter { index in
            switch record.entries[index].entry {
            case .id, .invalidate, .glance: false
            default: abs((record.entries[index].at - attempt.began) / .seconds(1)) < 5
            }
        }.prefix(Self.entriesBefore).map(line)
        return lines
    }

    private func line(_ index: Int) -> String {
        "    \(seconds(record.entries[index].at)) \(record.entries[index].entry)"
    }

    /// Since the client's first word.
    private func seconds(_ moment: Moment) -> String {
        let milliseconds = Int((moment - (record.entries.first?.at ?? moment)) / .milliseconds(1))
        let rest = String(abs(milliseconds) % 1000)
        let zeros = String(repeating: "0", count: 3 - rest.count)
        return "\(milliseconds < 0 ? "-" : "")\(abs(milliseconds) / 1000).\(zeros)\(rest)s"
    }
}
