import Invalidation
import Synchronization

/// How many streams of all shards hear a scope that many hear.
///
/// A shard tells of a list only from ``least`` streams on, since for a user's few nobody asks. So what it says is never
/// more than there are.
final class Audience: Sendable {
    /// How many streams of one shard are many.
    static let least = 8

    private let streams = Mutex<[Scope: Int]>([:])

    func change(_ scope: Scope, by difference: Int) {
        streams.withLock { streams in
            let count = streams[scope, default: 0] + difference
            streams[scope] = count > 0 ? count : nil
        }
    }

    func count(_ scope: Scope) -> Int { streams.withLock { $0[scope, default: 0] } }
}
