import Invalidation

/// Where a stream stands in the lists of its shard, so that it can be taken out of each without a search.
struct Membership {
    var slot: Int?
    var scopes: [(list: StreamList, index: Int)] = []
}

/// The streams that may hear one scope, in no order.
final class StreamList {
    let scope: Scope
    private(set) var streams: [ClientStream] = []

    init(_ scope: Scope) { self.scope = scope }

    func append(_ stream: ClientStream) {
        stream.membership.scopes.append((self, streams.count))
        streams.append(stream)
    }

    /// Takes the stream at `index` out; the last one takes its place.
    func remove(at index: Int) {
        let last = streams.removeLast()
        guard index < streams.count else { return }
        streams[index] = last
        for position in last.membership.scopes.indices where last.membership.scopes[position].list === self {
            last.membership.scopes[position].index = index
        }
    }
}
