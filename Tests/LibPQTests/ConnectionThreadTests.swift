import Dispatch
import Synchronization
import Testing

@testable import LibPQ

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

@Suite(.timeLimit(.minutes(20))) struct ConnectionThreadTests {
    /// What came first stands first.
    private final class Record: Sendable {
        private let entries = Mutex<[Int]>([])

        var all: [Int] { entries.withLock { $0 } }

        func add(_ entry: Int) { entries.withLock { $0.append(entry) } }
    }

    private func finish(_ thread: ConnectionThread) async {
        await withCheckedContinuation { done in thread.post { done.resume() } }
    }

    @Test func `jobs run on the thread, one after the other, in the order in which they came`() async throws {
        let thread = try #require(ConnectionThread())
        defer { withExtendedLifetime(thread) {} }
        let record = Record()
        for number in 0..<1000 {
            thread.post { [weak thread] in if thread?.isCurrent == true { record.add(number) } }
        }
        await finish(thread)
        #expect(record.all == Array(0..<1000))
        #expect(!thread.isCurrent)
    }

    @Test func `a job that is left on the thread itself runs without the socket's leave`() async throws {
        let thread = try #require(ConnectionThread())
        defer { withExtendedLifetime(thread) {} }
        await withCheckedContinuation { done in
            thread.post { [weak thread] in thread?.post { done.resume() } }
        }
    }

    @Test func `jobs that leave jobs without end do not keep the socket waiting`() async throws {
        let thread = try #require(ConnectionThread())
        defer { withExtendedLifetime(thread) {} }
        let pipe = try #require(WakePipe())
        let isHeard = Mutex(false)
        @Sendable func goOn() {
            guard !isHeard.withLock({ $0 }) else { return }
            thread.post { goOn() }
        }
        goOn()
        await withCheckedContinuation { heard in
            thread.watch(
                SocketWatch(socket: pipe.descriptor, waitsToRead: true, waitsToWrite: false) { [weak thread] in
                    thread?.watch(nil)
                    isHeard.withLock { $0 = true }
                    heard.resume()
                }
            )
            pipe.ring()
        }
    }

    @Test func `what can be read is told again until it has been read, and never when nobody asks`() async throws {
        let thread = try #require(ConnectionThread())
        defer { withExtendedLifetime(thread) {} }
        let pipe = try #require(WakePipe())
        let calls = Mutex(0)
        pipe.ring()
        await withCheckedContinuation { told in
            thread.watch(
                SocketWatch(socket: pipe.descriptor, waitsToRead: true, waitsToWrite: false) { [weak thread] in
                    guard
                        calls.withLock({
                            $0 += 1; return $0
                        }) == 3
                    else { return }
                    thread?.watch(nil)
                    told.resume()
                }
            )
        }
        await finish(thread)
        #expect(calls.withLock { $0 } == 3)
    }

    @Test func `a socket is watched for writing only while that is asked for`() async throws {
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        let near = ends[1]
        defer { for end in ends { _ = close(end) } }
        let thread = try #require(ConnectionThread())
        defer { withExtendedLifetime(thread) {} }
        let calls = Mutex(0)
        await withCheckedContinuation { told in
            thread.watch(
                SocketWatch(socket: near, waitsToRead: false, waitsToWrite: false) { [weak thread] in
                    calls.withLock { $0 += 1 }
                    thread?.waitToWrite(false)
                    told.resume()
                }
            )
            thread.waitToWrite(true)
        }
        // A pipe whose other end is closed is told of whatever is waited for.
        thread.watch(nil)
        await finish(thread)
        #expect(calls.withLock { $0 } == 1)
    }

    @Test func `a thread that nobody holds does what it was asked, and ends`() async throws {
        let done = DispatchSemaphore(value: 0)
        weak var thread: ConnectionThread?
        do {
            let made = try #require(ConnectionThread())
            thread = made
            for _ in 0..<10 { made.post { done.signal() } }
        }
        for _ in 0..<10 { try #require(done.wait(timeout: .now() + 60) == .success) }
        #expect(thread == nil)
        // A thread that has not ended keeps its pipe.
        let before = try openDescriptors()
        for _ in 0..<1000 { _ = try #require(ConnectionThread()) }
        try await eventually { try openDescriptors() < before + 300 }
    }
}
