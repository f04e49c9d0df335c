import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Runs what it is given, one after the other, and waits with poll(2) for more and for one socket.
final class PollLoop: Sendable {
    private struct State {
        var jobs: [Job] = []
        var watch: SocketWatch?
        var isStopping = false

        /// Whether the thread waits, or is about to, and has to be woken; taken back by whoever wakes it.
        var isAsleep = false
        var thread: UInt?
    }

    private typealias Job = @Sendable () -> Void

    private enum Step {
        case run([Job])
        case wait(SocketWatch?, hasMore: Bool)
        case stop
    }

    /// So often jobs that were left by jobs are run before the socket is looked at: they must not keep it waiting.
    private static let rounds = 16

    private let state = Mutex(State())
    private let bell: WakePipe

    /// Fails where the process has no descriptor left.
    init?() {
        guard let bell = WakePipe() else { return nil }
        self.bell = bell
    }

    var isCurrent: Bool { state.withLock { $0.thread == Self.currentThread } }

    func post(_ job: @escaping @Sendable () -> Void) { change { $0.jobs.append(job) } }

    func setWatch(_ watch: SocketWatch?) { change { $0.watch = watch } }

    func setWaitsToWrite(_ waits: Bool) { change { $0.watch?.waitsToWrite = waits } }

    /// Ends the thread once its jobs are done.
    func stop() { change { $0.isStopping = true } }

    private func change(_ body: (inout State) -> Void) {
        let mustWake = state.withLock { state in
            body(&state)
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if mustWake { bell.ring() }
    }

    // MARK: The thread

    /// False where the process can have no other thread.
    func startThread() -> Bool {
        let loop = unsafe Unmanaged.passRetained(self)
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        guard unsafe pthread_create(&thread, nil, runLoop, loop.toOpaque()) == 0 else {
            unsafe loop.release()
            return false
        }
        #if canImport(Darwin)
            if let thread = unsafe thread { unsafe pthread_detach(thread) }
        #else
            pthread_detach(thread)
        #endif
        return true
    }

    fileprivate func run() {
        state.withLock { $0.thread = Self.currentThread }
        var round = 0
        var polled = [pollfd](repeating: pollfd(), count: 2)
        while true {
            switch next(after: round) {
            case .run(let jobs):
                for job in jobs { job() }
                round += 1
            case .wait(let watch, let hasMore):
                wait(for: watch, &polled, milliseconds: hasMore ? 0 : -1)
                round = 0
            case .stop: return
            }
        }
    }

    private func next(after round: Int) -> Step {
        state.withLock { state in
            if round < Self.rounds, !state.jobs.isEmpty {
                defer { state.jobs = [] }
                return .run(state.jobs)
            }
            if state.isStopping, state.jobs.isEmpty { return .stop }
            state.isAsleep = state.jobs.isEmpty
            return .wait(state.watch, hasMore: !state.jobs.isEmpty)
        }
    }

    private func wait(for watch: SocketWatch?, _ polled: inout [pollfd], milliseconds: Int32) {
        polled[0] = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
        if let watch {
            let events = (watch.waitsToRead ? POLLIN : 0) | (watch.waitsToWrite ? POLLOUT : 0)
            polled[1] = pollfd(fd: watch.socket, events: Int16(events), revents: 0)
        }
        let ready = unsafe poll(&polled, watch == nil ? 1 : 2, milliseconds)
        // Before the handler runs: what it leaves here needs no bell.
        state.withLock { $0.isAsleep = false }
        guard ready > 0 else { return }
        if polled[0].revents != 0 { bell.silence() }
        if let watch, polled[1].revents != 0 { watch.onReady() }
    }

    private static var currentThread: UInt {
        #if canImport(Glibc)
            pthread_self()
        #else
            unsafe UInt(bitPattern: pthread_self())
        #endif
    }
}

#if canImport(Darwin)
    private func runLoop(_ loop: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        unsafe Unmanaged<PollLoop>.fromOpaque(loop).takeRetainedValue().run()
        return nil
    }
#else
    private func runLoop(_ loop: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let loop = unsafe loop { unsafe Unmanaged<PollLoop>.fromOpaque(loop).takeRetainedValue().run() }
        return nil
    }
#endif
