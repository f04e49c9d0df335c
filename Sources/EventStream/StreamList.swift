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

    let key: Key

    /// Each stream, and which of its places this is.
    private var entries: [(stream: ClientStream, place: Int)] = []

    init(_ key: Key) { self.key = key }

    /// How many of its streams ``Audience`` has been told of.
    var told = 0

    var isEmpty: Bool { entries.isEmpty }

    var count: Int { entries.count }

    subscript(index: Int) -> ClientStream { entries[index].stream }

    /// The streams as they are now, whoever joins or leaves while they are gone through.
    var streams: some Sequence<ClientStream> { entries.lazy.map(\.stream) }

    func append(_ stream: ClientStream) {
        entries.append((stream, stream.places.count))
        stream.places.append(Place(list: self, index: entries.count - 1))
    }

    /// Takes the stream out whose place this was; the last one takes it.
    func remove(_ place: Place) {
        let last = entries.removeLast()
        guard place.index < entries.count else { return }
        entries[place.index] = last
        last.stream.places[last.place].index = place.index
    }
}
