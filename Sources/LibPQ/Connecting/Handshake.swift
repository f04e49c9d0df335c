import CLibPQ

/// Makes a connection, on the thread that the connection will have.
///
/// It goes on from what that thread runs alone, and has no `await`: a task that is resumed passes through the
/// cooperative pool, which may be busy while `connect_timeout` runs.
///
/// libpq leaves `connect_timeout` to the caller here. It holds for each address anew; a host that has not answered in
/// time is passed over for the next one of the connection string.
actor Handshake {
    private let info: ConnectionInfo
    private let attempt: ConnectAttempt
    private let executor: ThreadExecutor
    private let configuration: Connection.Configuration

    private var handle: ConnectionHandle?
    private var limit: Duration?
    /// The address that the running deadline is for.
    private var target = ""

    init(
        _ info: ConnectionInfo,
        _ attempt: ConnectAttempt,
        _ configuration: Connection.Configuration
    ) throws(PostgresError) {
        guard let thread = ConnectionThread() else {
            throw .connection("the process has no file descriptor or no thread left")
        }
        executor = ThreadExecutor(thread)
        self.info = info
        self.attempt = attempt
        self.configuration = configuration
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Goes on until the attempt is answered, or nobody holds this object any more.
    nonisolated func start() {
        executor.thread.post(
            job { handshake throws(PostgresError) in
                handshake.limit = Self.limit(handshake.info.value("connect_timeout"))
                handshake.setDeadline()
                try handshake.connect(handshake.info.parameters)
            }
        )
    }

    private func connect(_ parameters: [String: String]) throws(PostgresError) {
        let configuration = configuration
        let handle = try attempt.insideLibPQ { () throws(PostgresError) in
            try ConnectionHandle(connectingTo: parameters, onNotice: configuration.onNotice)
        }
        limit = Self.limit(handle.options["connect_timeout"])
        self.handle = handle
        try wait(for: PGRES_POLLING_WRITING, handle)
    }

    private func wait(for polling: PostgresPollingStatusType, _ handle: ConnectionHandle) throws(PostgresError) {
        restartDeadline(for: handle)
        // Each wait has a watch of its own: libpq may have another socket after the next poll.
        executor.thread.watch(
            SocketWatch(
                socket: handle.socket,
                waitsToRead: polling == PGRES_POLLING_READING,
                waitsToWrite: polling == PGRES_POLLING_WRITING,
                onReady: job { handshake throws(PostgresError) in try handshake.goOn() }
            )
        )
    }

    private func goOn() throws(PostgresError) {
        executor.thread.watch(nil)
        guard let handle else { return }
        switch attempt.insideLibPQ({ handle.poll() }) {
        case PGRES_POLLING_OK: try finish(handle)
        case PGRES_POLLING_READING: try wait(for: PGRES_POLLING_READING, handle)
        case PGRES_POLLING_WRITING: try wait(for: PGRES_POLLING_WRITING, handle)
        default: throw .connection(handle.errorMessage)
        }
    }

    private func finish(_ handle: ConnectionHandle) throws(PostgresError) {
        self.handle = nil
        let connection = try Connection(handle, executor, configuration)
        connection.assumeIsolated { $0.start() }
        attempt.succeed(connection)
    }

    private func passOver() throws(PostgresError) {
        executor.thread.watch(nil)
        guard let handle else { return }
        guard let rest = HostList(handle.options).after(host: handle.host, port: handle.port) else {
            let limit = limit ?? .zero
            throw .connection("no answer from \(target) within \(limit) (connect_timeout)")
        }
        try connect(info.parameters.merging(rest.options) { $1 })
    }

    /// libpq goes on to the next address by itself when one refuses.
    private func restartDeadline(for handle: ConnectionHandle) {
        let host = handle.address.isEmpty ? handle.host : handle.address
        let target = "\(host) port \(handle.port)"
        guard target != self.target else { return }
        self.target = target
        setDeadline()
    }

    private func setDeadline() {
        let target = target
        let timedOut = job { handshake throws(PostgresError) in
            // libpq may have gone on by itself meanwhile.
            if handshake.target == target { try handshake.passOver() }
        }
        attempt.setDeadline(after: limit) { [weak thread = executor.thread] in thread?.post(timedOut) }
    }

    /// A job for the thread; what it throws is the answer.
    private nonisolated func job(
        _ body: @escaping @Sendable (isolated Handshake) throws(PostgresError) -> Void
    ) -> @Sendable () -> Void {
        { [weak self] in
            self?.assumeIsolated { handshake in
                do throws(PostgresError) {
                    try body(handshake)
                } catch {
                    handshake.executor.thread.watch(nil)
                    handshake.attempt.fail(error)
                }
            }
        }
    }

    /// As libpq reads it: whole seconds, 0 is no limit, and 1 means 2. A service file that does not set it leaves ours.
    private static func limit(_ text: String?) -> Duration? {
        guard let seconds = Int(text ?? ConnectionInfo.defaultConnectTimeout), seconds > 0 else { return nil }
        return .seconds(max(seconds, 2))
    }
}
