/// The thread that one connection lives on: it runs what is asked of the connection, and waits for its socket in between.
///
/// So what the socket brings is handed on by the thread that has read it, and no other has to be woken. A thread that
/// libpq blocks (it resolves host names in `PQconnectStart`) holds up nobody else: the cooperative pool never sees it.
///
/// It ends when nobody holds this object any more and all that was asked of it has been done.
final class ConnectionThread: Sendable {
    private let loop: PollLoop

    /// Fails where the process has no file descriptor or no thread left.
    init?() {
        guard let loop = PollLoop(), loop.startThread() else { return nil }
        self.loop = loop
    }

    deinit { loop.stop() }

    /// Whether the caller runs on it.
    var isCurrent: Bool { loop.isCurrent }

    /// Runs `job` after all that was asked for before.
    func post(_ job: @escaping @Sendable () -> Void) { loop.post(job) }

    /// Watches a socket in the place of the one before; nil watches none.
    ///
    /// libpq closes its socket whenever it likes, but only when it is called, which is on this thread, and between two
    /// waits. Whoever calls it sees to it that what is watched afterwards is what libpq has then.
    func watch(_ watch: SocketWatch?) { loop.setWatch(watch) }

    /// Whether what is watched also waits until the socket takes bytes. One takes some nearly always, so this holds only
    /// while something is there to be written.
    func waitToWrite(_ waits: Bool) { loop.setWaitsToWrite(waits) }
}
