import CLibPQ

/// Makes a connection, on the queue that the connection will have.
///
/// libpq leaves `connect_timeout` to the caller here. It holds for each address anew; a host that has not answered in
/// time is passed over for the next one of the connection string.
actor Handshake {
    private let info: ConnectionInfo
    private let attempt: ConnectAttempt
    private let executor: QueueExecutor
    private let configuration: Connection.Configuration

    /// The address that the running deadline is for.
    private var target = ""
    private var limit: Duration?

    init(
        _ info: ConnectionInfo,
        _ attempt: ConnectAttempt,
        _ executor: QueueExecutor,
        _ configuration: Connection.Configuration
    ) {
        self.info = info
        self.attempt = attempt
        self.executor = executor
        self.configuration = configuration
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Answers the attempt.
    func run() async {
        do throws(PostgresError) {
            limit = Self.limit(info.value("connect_timeout") ?? info.parameters["connect_timeout"])
            attempt.setDeadline(after: limit)
            guard let handle = try await connect() else { return }
            let connection = try Connection(handle, executor, configuration)
            await connection.start()
            attempt.succeed(connection)
        } catch {
            attempt.fail(error)
        }
    }

    /// Nil where the attempt was abandoned.
    private func connect() async throws(PostgresError) -> ConnectionHandle? {
        var parameters = info.parameters
        var handle = try ConnectionHandle(connectingTo: parameters, onNotice: configuration.onNotice)
        limit = Self.limit(handle.options["connect_timeout"])
        var polling = PGRES_POLLING_WRITING
        while true {
            if polling == PGRES_POLLING_OK { return handle }
            guard polling == PGRES_POLLING_READING || polling == PGRES_POLLING_WRITING else {
                throw .connection(handle.errorMessage)
            }
            restartDeadline(for: handle)
            switch try await readiness(of: handle.socket, writing: polling == PGRES_POLLING_WRITING) {
            case .ready:
                polling = handle.poll()
            case .abandoned:
                return nil
            case .timedOut:
                guard let rest = HostList(handle.options).after(host: handle.host, port: handle.port) else {
                    throw .connection("no answer from \(target) within \(seconds) s (connect_timeout)")
                }
                parameters.merge(rest.options) { $1 }
                handle = try ConnectionHandle(connectingTo: parameters, onNotice: configuration.onNotice)
                polling = PGRES_POLLING_WRITING
            }
        }
    }

    private var seconds: Int64 { limit?.components.seconds ?? 0 }

    /// libpq goes on to the next address by itself when one refuses.
    private func restartDeadline(for handle: ConnectionHandle) {
        let host = handle.address.isEmpty ? handle.host : handle.address
        let target = "\(host) port \(handle.port)"
        guard target != self.target else { return }
        self.target = target
        attempt.setDeadline(after: limit)
    }

    /// Each wait has a watch of its own: libpq may have another socket after the next poll.
    private func readiness(of socket: Int32, writing: Bool) async throws(PostgresError) -> ConnectAttempt.Step {
        guard let watch = SocketWatch(socket: socket, queue: executor.queue) else {
            throw .connection("the process has no file descriptor left")
        }
        defer { withExtendedLifetime(watch) {} }
        return await attempt.wait { ready in
            if writing { watch.startWriting(ready) } else { watch.startReading(ready) }
        }
    }

    /// As libpq reads it: whole seconds, none or 0 for no limit, and 1 means 2.
    private static func limit(_ text: String?) -> Duration? {
        guard let seconds = text.flatMap({ Int($0) }), seconds > 0 else { return nil }
        return .seconds(max(seconds, 2))
    }
}
