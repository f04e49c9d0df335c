import Invalidation

/// Makes the events of one batch: one for each distinct set of invalidations that streams hear, however many hear it.
struct BatchEncoder {
    private struct Key: Hashable {
        let hearing: Hearing
        let filter: TagFilter?
    }

    private let batch: [Invalidation]

    /// How many streams hear each of them.
    private let hearers: [Int]
    private let position: String

    /// The events of those that hear one invalidation and have no filter, which are most.
    private var single: [EncodedEvent?]
    private var made: [Key: EncodedEvent?] = [:]

    init(_ batch: [Invalidation], hearers: [Int], position: String) {
        self.batch = batch
        self.hearers = hearers
        self.position = position
        single = Array(repeating: nil, count: batch.count)
    }

    /// - Returns: nil where the filter lets nothing pass.
    mutating func event(for hearing: Hearing, filter: TagFilter?) -> EncodedEvent? {
        if let index = hearing.only, filter == nil { return event(for: index) }
        let key = Key(hearing: hearing, filter: filter)
        if let known = made[key] { return known }
        var merged = Pending()
        hearing.forEach { merged.add(batch[$0], filter: filter, hearers: hearers[$0]) }
        let event = merged.event.map { EncodedEvent($0, id: position, spread: merged.spread) }
        made[key] = .some(event)
        return event
    }

    private mutating func event(for index: Int) -> EncodedEvent? {
        if let known = single[index] { return known }
        let spread = Spread.milliseconds(hearers: hearers[index])
        let event = EncodedEvent(Pending.event(for: batch[index]), id: position, spread: spread)
        single[index] = event
        return event
    }
}
