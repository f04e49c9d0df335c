import Invalidation

/// The streams of one scope or one session, in no order.
///
/// A value: whoever goes through a list goes through it as it was, whoever joins or leaves meanwhile. It lies in the
/// shard's table itself, so that a stream which is its scope's only one is found with one step less.
struct StreamList {
    enum Key: Hashable {
        case scope(Scope)
        case session(ObjectIdentifier)

        /// Streams that have not begun.
        case waiting
    }

    /// Where a stream stands in a list, so that it is taken out without a search.
    struct Place {
        let key: Key
        fileprivate(set) var index: Int
    }

    /// A stream, and which of its places this is.
    private typealias Entry = (stream: ClientStream, place: Int)

    // Most lists are of one stream, a session's or a user's, and need no array.
    private var first: Entry?
    private var others: [Entry] = []

    /// How many of its streams ``Audience`` has been told of.
    var told = 0

    /// - Parameter key: where this list stands in the shard's table.
    mutating func append(_ stream: ClientStream, key: Key) {
        let entry = (stream, stream.places.count)
        stream.places.append(Place(key: key, index: count))
        if first == nil { first = entry } else { others.append(entry) }
    }

    /// Takes the stream out whose place this was; the last one takes it.
    mutating func remove(_ place: Place) {
        guard let last = others.popLast() else {
            first = nil
            return
        }
        guard place.index < count else { return }
        if place.index == 0 { first = last } else { others[place.index - 1] = last }
        last.stream.places[last.place].index = place.index
    }
}

extension StreamList: RandomAccessCollection {
    var startIndex: Int { 0 }

    var endIndex: Int { first == nil ? 0 : others.count + 1 }

    subscript(index: Int) -> ClientStream {
        if index == 0, let first { first.stream } else { others[index - 1].stream }
    }
}
