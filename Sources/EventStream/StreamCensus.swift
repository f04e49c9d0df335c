import Synchronization

/// Counts the open streams, in all and by user, over all shards; decides whether a user may have one more.
package final class StreamCensus: Sendable {
    private struct State {
        var streams = 0
        var byUser: [String: Int] = [:]

        /// Those who wait for the last stream's end.
        var waiting: [AsyncStream<Never>.Continuation] = []

        mutating func finishIfEmpty() {
            guard streams == 0 else { return }
            for continuation in waiting { continuation.finish() }
            waiting = []
        }
    }

    private let state = Mutex(State())
    private let limit: Int
    private let most: Int

    /// Whether one more stream may begin.
    package enum Entrance: Sendable, Hashable {
        case entered
        case tooManyOfUser

        /// There are as many as this process may have.
        case full
    }

    init(streamsPerUser limit: Int, streams most: Int) {
        self.limit = limit
        self.most = most
    }

    package var streams: Int { state.withLock(\.streams) }

    /// Whether somebody waits for the last stream's end.
    var isAwaited: Bool { state.withLock { !$0.waiting.isEmpty } }

    package var users: Int { state.withLock(\.byUser.count) }

    /// Those with the most streams, the most first.
    package func busiest(_ most: Int) -> [(user: String, streams: Int)] {
        let byUser = state.withLock(\.byUser)
        var busiest: [(user: String, streams: Int)] = []
        for (user, streams) in byUser {
            // Behind the last there is room only while the list is not full.
            let place = busiest.firstIndex { ($0.streams, user) < (streams, $0.user) } ?? busiest.count
            guard place < most else { continue }
            busiest.insert((user, streams), at: place)
            if busiest.count > most { busiest.removeLast() }
        }
        return busiest
    }

    /// Counts one stream more.
    ///
    /// - Parameter user: nil for a client without a session; only users are limited.
    /// - Returns: what keeps it from beginning; then nothing is counted.
    package func enter(_ user: String?) -> Entrance {
        state.withLock { state in
            guard state.streams < most else { return .full }
            if let user {
                guard state.byUser[user, default: 0] < limit else { return .tooManyOfUser }
                state.byUser[user, default: 0] += 1
            }
            state.streams += 1
            return .entered
        }
    }

    /// Counts one stream less; once for each `enter` that was allowed.
    package func leave(_ user: String?) {
        state.withLock { state in
            state.streams -= 1
            state.finishIfEmpty()
            guard let user, let count = state.byUser[user] else { return }
            state.byUser[user] = count > 1 ? count - 1 : nil
        }
    }

    /// Waits until no stream is open: each has written its last byte, and its channel has closed.
    ///
    /// Cancellation ends the wait.
    package func empty() async {
        let (end, continuation) = AsyncStream.makeStream(of: Never.self)
        state.withLock { state in
            state.waiting.append(continuation)
            state.finishIfEmpty()
        }
        for await _ in end {}
    }
}
