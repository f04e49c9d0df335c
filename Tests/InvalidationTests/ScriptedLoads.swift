import Invalidation
import Synchronization

import struct Invalidation.Tag

/// The loader of a cache under test: each load is handed to the test, which says what it gives, and when.
final class ScriptedLoads: Sendable {
    /// One that has begun.
    final class Load: Sendable {
        let key: Int
        private let answer = Mutex<CheckedContinuation<(value: String, tags: [Tag]), any Error>?>(nil)

        fileprivate init(_ key: Int) { self.key = key }

        func give(_ value: String, _ tags: [Tag]) { answer.withLock { $0.take() }?.resume(returning: (value, tags)) }

        func fail(_ error: any Error) { answer.withLock { $0.take() }?.resume(throwing: error) }

        fileprivate func wait(_ hasBegun: () -> Void) async throws -> (value: String, tags: [Tag]) {
            try await withCheckedThrowingContinuation { continuation in
                answer.withLock { $0 = continuation }
                hasBegun()
            }
        }
    }

    private let begun = AsyncStream<Load>.makeStream()
    private let cancelled = AsyncStream<Int>.makeStream()
    private let total = Atomic(0)

    /// How many have begun.
    var count: Int { total.load(ordering: .sequentiallyConsistent) }

    var loader: InvalidatingCache<Int, String>.Loader {
        { [self] key in
            let load = Load(key)
            return try await withTaskCancellationHandler {
                try await load.wait {
                    total.add(1, ordering: .sequentiallyConsistent)
                    begun.continuation.yield(load)
                }
            } onCancel: {
                cancelled.continuation.yield(key)
                load.fail(CancellationError())
            }
        }
    }

    /// The next one that begins.
    func next() async throws -> Load {
        for await load in begun.stream { return load }
        throw CancellationError()
    }

    /// The key of the next one that is cancelled.
    func nextCancelled() async throws -> Int {
        for await key in cancelled.stream { return key }
        throw CancellationError()
    }
}
