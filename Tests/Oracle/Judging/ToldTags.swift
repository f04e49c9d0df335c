/// Which tags a client was told for which transactions.
struct ToldTags {
    private struct Event {
        let at: Moment
        let connection: Int
        let tags: Set<Int>
    }

    private var events: [Event] = []
    /// By transaction: the events that named it.
    private var naming: [UInt64: [Int]] = [:]
    /// The events that had more transactions than they could name.
    private var forMany: [Int] = []
    /// By attempt, for those that no event can name.
    private var unnamed: [Int: [Int: Moment]] = [:]

    /// - Returns: how many of the transactions had been named on an earlier connection.
    mutating func add(
        _ tags: Set<Int>,
        for xids: [UInt64],
        namesAll: Bool,
        at moment: Moment,
        connection: Int
    ) -> Int {
        let event = events.count
        events.append(Event(at: moment, connection: connection, tags: tags))
        if !namesAll { forMany.append(event) }
        var again = 0
        for xid in xids {
            if let last = naming[xid]?.last, events[last].connection != connection { again += 1 }
            naming[xid, default: []].append(event)
        }
        return again
    }

    mutating func add(_ tag: Int, for attempt: Int, at moment: Moment) { unnamed[attempt, default: [:]][tag] = moment }

    /// The tags of a transaction that neither they nor one that covers them were told for it.
    ///
    /// - Parameter index: the attempt's, among all.
    func missing(_ tags: [Int], of attempt: Attempt, _ index: Int, _ table: TagTable) -> [Int] {
        let heard = ((naming[attempt.xid] ?? []) + forMany).filter { events[$0].at > attempt.began }
        return tags.filter { tag in
            !table.covering[tag].contains { cover in
                heard.contains { events[$0].tags.contains(cover) } || unnamed[index]?[cover] != nil
            }
        }
    }
}
