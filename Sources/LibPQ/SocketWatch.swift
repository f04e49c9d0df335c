import Dispatch

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Tells when libpq's socket can be read or written.
///
/// It watches a duplicate of the descriptor. libpq closes its socket whenever it likes (in `PQconnectPoll` to try the
/// next address, in `PQconsumeInput` when the peer has gone), and a descriptor must not be closed while a dispatch
/// source watches it: another thread may get the same number back at once, and Dispatch would join the two. The
/// duplicate is closed when the last source has been cancelled, and not before.
final class SocketWatch {
    private let descriptor: Int32
    private let queue: DispatchQueue
    private let sources = DispatchGroup()
    private var reading: (any DispatchSourceProtocol)?
    private var writing: (any DispatchSourceProtocol)?

    /// Fails where the process has no descriptor left.
    init?(socket: Int32, queue: DispatchQueue) {
        let descriptor = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        self.queue = queue
        // Holds the group open until `cancel`, or it would close before the first source is made.
        sources.enter()
        sources.notify(queue: queue) { _ = close(descriptor) }
    }

    deinit {
        reading?.cancel()
        writing?.cancel()
        sources.leave()
    }

    func startReading(_ handler: @escaping @Sendable () -> Void) {
        guard reading == nil else { return }
        reading = start(DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue), handler)
    }

    /// A writable socket is ready nearly always, so this one runs only while something waits to be written.
    func startWriting(_ handler: @escaping @Sendable () -> Void) {
        guard writing == nil else { return }
        writing = start(DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: queue), handler)
    }

    func stopWriting() {
        writing?.cancel()
        writing = nil
    }

    /// Whether there is something to read now, the end of the stream included.
    var isReadable: Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&state, 1, 0) > 0
    }

    /// Runs `body` on the queue when this watch has been released and its descriptor closed.
    func whenClosed(_ body: @escaping @Sendable () -> Void) {
        sources.notify(queue: queue, execute: body)
    }

    private func start(
        _ source: any DispatchSourceProtocol,
        _ handler: @escaping @Sendable () -> Void
    ) -> any DispatchSourceProtocol {
        sources.enter()
        source.setEventHandler(handler: handler)
        source.setCancelHandler { [sources] in sources.leave() }
        source.activate()
        return source
    }
}
