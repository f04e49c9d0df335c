import Invalidation

/// The streams of one scope or one session, in no order.
final class StreamList {
    enum Key: Hashable {
        case scope(Scope)
        case session(ObjectIdentifier)

        /// Streams that have not begun.
        case waiting
    }

    /// Where a stream stands in a list, so that it is taken out without a search.
    struct Place {
        let list: StreamList
        fileprivate(set) var index: Int
    }

    /// A stream, and which of its places this is.
    private typealias Entry = (stream: ClientStream, place: Int)

    // What every event touches stands first, as in a stream. Most lists are of one stream, a session's or a user's, and
    // need no array.
    private var first: Entry?
    private var others: [Entry] = []

    /// How many of its streams ``Audience`` has been told of.
    var told = 0

    let key: Key

    init(_ key: Key) { self.key = key }

    var isEmpty: Bool { first == nil }

    var count: Int { first == nil ? 0 : others.count + 1 }

    subscript(index: Int) -> ClientStream { entry(index).stream }

    func append(_ stream: ClientStream) {
        let entry = (stream, stream.places.count)
        stream.places.append(Place(list: self, index: count))
        if first == nil { first = entry } else { others.append(entry) }
    }

    /// Takes the stream out whose place this was; the last one takes it.
    func remove(_ place: Place) {
        guard let last = others.popLast() else {
            first = nil
            return
        }
        guard place.index < count else { return }
        if place.index == 0 { first = last } else { others[place.index - 1] = last }
        last.stream.places[last.place].index = place.index
    }

    private func entry(_ index: Int) -> Entry {
        if index == 0, let first { first } else { others[index - 1] }
    }
}

extension StreamList {
    /// The streams as they were when it was made, whoever joins or leaves while they are gone through.
    struct Snapshot: Sequence, IteratorProtocol {
        private var first: ClientStream?
        private var others: ArraySlice<Entry>

        fileprivate init(_ list: StreamList) {
            first = list.first?.stream
            others = list.others[...]
        }

        mutating func next() -> ClientStream? {
            if let stream = first.take() { return stream }
            return others.popFirst()?.stream
        }
    }

    var streams: Snapshot { Snapshot(self) }
}
