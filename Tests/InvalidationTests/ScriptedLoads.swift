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

    /// What a test waits for came otherwise.
    struct Unexpected: Error {}

    private enum Event {
        case began(Load)
        case returned
    }

    private let events = AsyncStream<Event>.makeStream()
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
                    events.continuation.yield(.began(load))
                }
            } onCancel: {
                // It is the test that ends it, as a loader may take its time.
                cancelled.continuation.yield(key)
            }
        }
    }

    /// The next one that begins.
    func next() async throws -> Load {
        guard let load = try await next(returns: 0, begins: true) else { throw Unexpected() }
        return load
    }

    /// Waits for so many callers to return, of those that tell so, and for a load to begin, in any order; whatever else
    /// happens before all of that is an error.
    func next(returns: Int, begins: Bool) async throws -> Load? {
        var missing = returns
        var load: Load?
        while missing > 0 || (begins && load == nil) {
            switch await nextEvent() {
            case .began(let next) where begins && load == nil: load = next
            case .returned where missing > 0: missing -= 1
            default: throw Unexpected()
            }
        }
        return load
    }

    private func nextEvent() async -> Event? {
        for await event in events.stream { return event }
        return nil
    }

    /// A caller has returned.
    func hasReturned() { events.continuation.yield(.returned) }

    /// The key of the next one that is cancelled.
    func nextCancelled() async throws -> Int {
        for await key in cancelled.stream { return key }
        throw CancellationError()
    }
}
