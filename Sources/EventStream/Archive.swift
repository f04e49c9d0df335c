import Invalidation
import Synchronization

/// The history as all shards share it, and how far each of them has come in it.
final class Archive: Sendable {
    /// A place in the history of one beginning.
    struct Mark: Sendable, Hashable {
        var beginning: Int
        var ordinal: UInt64

        /// Before there is any history.
        static let nothing = Mark(beginning: 0, ordinal: 0)
    }

    /// What a client that opens a stream has to be told first.
    struct Past {
        var missed = Pending()

        /// Whether what the client fetched before still counts, apart from what it is told now.
        var isResumed = false
    }

    private struct State {
        var beginning = 0
        var history: History?

        /// What is told to nobody, of what was missed either.
        var disabled = TagSet()
    }

    private let state = Mutex(State())
    private let limit: History.Limit

    init(limit: History.Limit) { self.limit = limit }

    /// The newest position, or nil before the first one is known.
    var position: Position? { state.withLock { $0.history?.position } }

    var size: HistorySize { state.withLock { $0.history?.size } ?? HistorySize(entries: 0, bytes: 0, transactions: 0) }

    func begin(position: Position, floor: UInt64, entries: [Invalidation]) -> Mark {
        var history = History(position: position, floor: floor, limit: limit)
        history.append(entries, horizon: position.horizon)
        return state.withLock { state in
            state.beginning += 1
            state.history = history
            return Mark(beginning: state.beginning, ordinal: history.end)
        }
    }

    /// - Returns: nil before a beginning.
    func append(_ batch: [Invalidation], horizon: UInt64) -> (Mark, Position)? {
        state.withLock { state in
            state.history?.append(batch, horizon: horizon)
            return state.history.map { (Mark(beginning: state.beginning, ordinal: $0.end), $0.position) }
        }
    }

    func disable(_ tags: TagSet) { state.withLock { $0.disabled = tags } }

    /// - Parameter mark: how far the asking shard has delivered: from there on it hears everything live.
    /// - Returns: nil where the shard has not yet heard of the newest beginning, or there was none.
    func past(
        for resume: StreamRequest.Resume,
        before mark: Mark,
        grants: Grants,
        filter: TagFilter?
    ) -> Past? {
        state.withLock { state in
            guard state.history != nil, state.beginning == mark.beginning else { return nil }
            guard resume != .none else { return Past() }
            if case .position(let position) = resume,
                var missed = state.history?.replay(from: position, before: mark.ordinal, for: grants, filter: filter)
            {
                missed.remove(state.disabled)
                return Past(missed: missed, isResumed: true)
            }
            return Past(missed: Pending(reset: .history))
        }
    }
}
