import Invalidation

/// Makes the events of one batch: one for each distinct set of invalidations that streams hear, however many hear it.
///
/// Those of one turn are written into one block of memory, which ``seal()`` ends.
struct BatchEncoder {
    private struct Key: Hashable {
        let hearing: Hearing
        let filter: TagFilter?
    }

    let batch: [Invalidation]

    /// How many streams hear each of them.
    let hearers: [Int]
    let position: Position

    /// The events that have been sealed.
    var events: [EncodedEvent] = []

    private let id: String
    private var block: [UInt8] = []

    /// So many bytes as most events take, and as a turn of them.
    private static let eventSize = 256
    private static let blockSize = 16_384
    private var spans: [EventSpan] = []

    /// The events of those that hear one invalidation and have no filter, which are most.
    private var single: [Int?]
    private var made: [Key: Int?] = [:]

    /// What was asked for last: mostly the next stream hears the same.
    private var last: (key: Key, event: Int?)?

    init(_ batch: [Invalidation], hearers: [Int], position: Position) {
        self.batch = batch
        self.hearers = hearers
        self.position = position
        id = position.text
        single = Array(repeating: nil, count: batch.count)
    }

    /// Makes all that has been asked for ready to be written.
    mutating func seal() {
        guard !spans.isEmpty else { return }
        for span in spans { events.append(EncodedEvent(span, in: block)) }
        spans = []
        block = []
    }

    /// - Returns: the event's index in ``events`` once it is sealed; nil where the filter lets nothing pass.
    mutating func event(for hearing: Hearing, filter: TagFilter?) -> Int? {
        if let index = hearing.only, filter == nil { return event(for: index) }
        let key = Key(hearing: hearing, filter: filter)
        if let last, last.key == key { return last.event }
        let event = event(for: key)
        last = (key, event)
        return event
    }

    private mutating func event(for key: Key) -> Int? {
        if let known = made[key] { return known }
        var merged = Pending()
        key.hearing.forEach { merged.add(batch[$0], filter: key.filter, hearers: hearers[$0]) }
        let event = merged.event.map { encode($0, spread: merged.spread) }
        made[key] = .some(event)
        return event
    }

    private mutating func event(for index: Int) -> Int {
        if let known = single[index] { return known }
        let event = encode(Pending.event(for: batch[index]), spread: Spread.milliseconds(hearers: hearers[index]))
        single[index] = event
        return event
    }

    private mutating func encode(_ event: StreamEvent, spread: Int) -> Int {
        if spans.isEmpty { block.reserveCapacity(min(batch.count * Self.eventSize, Self.blockSize)) }
        spans.append(EventSpan(of: event, id: id, spread: spread, appendedTo: &block))
        return events.count + spans.count - 1
    }
}
