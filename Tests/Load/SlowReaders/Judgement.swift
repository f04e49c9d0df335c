/// What the accounts of all readers come to.
struct Judgement: Sendable {
    private(set) var findings: [String] = []
    private var toldAll = 0
    private var reset = 0
    private var sentAway = 0
    private var events = 0
    private var owed = 0

    init(_ audience: Audience, transactions: [UInt64]) {
        for reader in audience.readers { judge(reader, audience.vocabulary.words, transactions) }
        if findings.count > Report.mostFindings {
            let more = findings.count - Report.mostFindings
            findings = findings.prefix(Report.mostFindings) + ["and \(more) streams more"]
        }
    }

    var lines: [String] {
        [
            "slow ones: \(toldAll) were told of everything, \(reset) reset, \(sentAway) of them closed and back",
            "they were written \(events) events for \(owed) invalidations",
        ]
    }

    private mutating func judge(_ reader: Reader, _ words: [Word], _ transactions: [UInt64]) {
        let owed = transactions.indices.filter { number in
            reader.group.map { number % Publisher.groups == $0 } ?? true
        }
        var account = Account(owed: owed, transactions: transactions)
        let heard = reader.heard.map { words[Int($0)] }
        for word in heard { account.hear(word) }
        if let gap = account.gap {
            findings.append("a \(reader.pace) stream has a gap: \(gap)")
        } else if !account.isComplete {
            findings.append(
                "a \(reader.pace) stream was never told the rest; its last id is \(reader.lastID ?? "none")"
            )
        }
        let wasReset = heard.contains(where: \.isReset)
        switch reader.pace {
        case .quick:
            if wasReset { findings.append("a quick stream was reset") }
            if reader.connections != 1 { findings.append("a quick stream was closed") }
        case .slow:
            self.owed += owed.count
            events += heard.count { !$0.numbers.isEmpty || $0.isReset }
            if wasReset { reset += 1 } else { toldAll += 1 }
            if reader.connections > 1 { sentAway += 1 }
        }
    }
}
