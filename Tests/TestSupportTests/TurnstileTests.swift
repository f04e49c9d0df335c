import Synchronization
import Testing

@testable import TestSupport

@Suite(.timeLimit(.minutes(1))) struct TurnstileTests {
    private final class Inside: Sendable {
        let counts = Mutex((now: 0, most: 0, ever: 0))
    }

    @Test func `no more are inside than there are places, and everybody gets in`() async throws {
        let turnstile = Turnstile(3)
        let inside = Inside()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await turnstile.pass {
                        inside.counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.ever + 1) }
                        for _ in 0..<10 { await Task.yield() }
                        inside.counts.withLock { $0.now -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(inside.counts.withLock { $0 } == (0, 3, 100))
    }

    @Test func `whoever is inside goes in again without waiting`() async throws {
        let turnstile = Turnstile(1)
        let answer = try await turnstile.pass { try await turnstile.pass { 42 } }
        #expect(answer == 42)
    }

    @Test func `whoever is cancelled waits no longer, and takes no place away`() async throws {
        let turnstile = Turnstile(1)
        let (isInside, mayLeave) = (Latch(), Latch())
        let first = Task {
            try await turnstile.pass {
                isInside.open(); try await mayLeave.wait()
            }
        }
        try await isInside.wait("the first")
        let second = Task { try await turnstile.pass {} }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        mayLeave.open()
        try await first.value
        try await turnstile.pass {}
    }

    @Test func `an error gives the place back`() async throws {
        struct Failure: Error {}
        let turnstile = Turnstile(1)
        await #expect(throws: Failure.self) { try await turnstile.pass { throw Failure() } }
        try await turnstile.pass {}
    }
}
