import Invalidation

/// Makes the events of one batch: one for each distinct set of invalidations that streams hear, however many hear it.
struct BatchEncoder {
    private struct Key: Hashable {
        let hearing: [Int]
        let filter: TagFilter?
    }

    private let batch: [Invalidation]
    private let position: String
    private var latest: (key: Key, event: EncodedEvent?)?
    private var made: [Key: EncodedEvent?] = [:]

    init(_ batch: [Invalidation], position: String) {
        self.batch = batch
        self.position = position
    }

    /// - Returns: nil where the filter lets nothing pass.
    mutating func event(for hearing: [Int], filter: TagFilter?) -> EncodedEvent? {
        let key = Key(hearing: hearing, filter: filter)
        if let latest, latest.key == key { return latest.event }
        let event = made[key] ?? encode(key)
        made[key] = .some(event)
        latest = (key, event)
        return event
    }

    private func encode(_ key: Key) -> EncodedEvent? {
        var merged = Pending()
        for index in key.hearing { merged.add(batch[index], filter: key.filter) }
        return merged.event.map { EncodedEvent($0, id: position) }
    }
}
