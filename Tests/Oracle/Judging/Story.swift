/// Tells of a finding so that its cause can be looked for: who, what was expected, and what came before.
struct Story {
    let text: String

    private static let entriesBefore = 14
    private static let entriesAbout = 6

    init(_ record: ClientRecord, _ index: Int, _ what: String, _ attempt: Attempt?) {
        var lines = [
            "client \(record.client), user \(record.user), \(record.grants.sorted().joined(separator: " ")): \(what)"
        ]
        if let attempt { lines.append("  \(attempt)") }
        let first = record.entries.first?.at ?? .now
        func line(_ index: Int) -> String {
            let (at, entry) = record.entries[index]
            return "    \(Self.seconds(at - first)) \(entry)"
        }
        if let attempt {
            lines.append("  it began at \(Self.seconds(attempt.began - first)); the client heard of it:")
            let about = record.entries.indices.filter { index in
                if case .invalidate(let xids, _, _) = record.entries[index].entry {
                    xids.contains(attempt.xid)
                } else {
                    false
                }
            }
            lines += about.isEmpty ? ["    never"] : about.suffix(Self.entriesAbout).map(line)
            lines.append("  around that moment:")
            lines += record.entries.indices.filter { index in
                switch record.entries[index].entry {
                case .id, .invalidate, .glance: false
                default: abs((record.entries[index].at - attempt.began) / .seconds(1)) < 5
                }
            }.prefix(Self.entriesBefore).map(line)
        }
        lines.append("  the last that it took:")
        lines += record.entries.indices.prefix(index + 1).suffix(Self.entriesBefore).map(line)
        text = lines.joined(separator: "\n")
    }

    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = Int(duration / .milliseconds(1))
        let rest = String(abs(milliseconds) % 1000)
        return
            "\(milliseconds < 0 ? "-" : "")\(abs(milliseconds) / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)s"
    }
}
