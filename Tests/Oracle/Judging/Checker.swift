/// Judges what clients were told in a round against what was committed in it.
///
/// It looks at each id as a promise: an id with the horizon H says that every transaction below H has been told. So an
/// id that promises too much is found even where no connection was lost right after it.
package struct Checker: Sendable {
    let attempts: Attempts
    /// When a session, by its number, was gone for good.
    let revoked: [Int: Moment]
    let disabled: [DisabledTag]
    /// The transactions of earlier rounds: a replay may tell of a few of them again.
    let earlier: Set<UInt64>

    package init(
        _ attempts: Attempts,
        revoked: [Int: Moment] = [:],
        disabled: [DisabledTag] = [],
        earlier: Set<UInt64> = []
    ) {
        self.attempts = attempts
        self.revoked = revoked
        self.disabled = disabled
        self.earlier = earlier
    }

    /// - Parameter records: those of all clients of the round.
    package func judge(_ records: [ClientRecord]) -> Judgement {
        var judgement = Judgement()
        attempts.count(into: &judgement.counts)
        let newcomers = Newcomers(attempts, records)
        for (grants, records) in Dictionary(grouping: records, by: \.grants) {
            let due = attempts.due(to: grants)
            for record in records {
                var replay = Replay(self, record, due, newcomers)
                for index in record.entries.indices { replay.take(index) }
                judgement.add(replay.end())
            }
        }
        return judgement
    }
}
