import CLibPQ
import Dispatch

/// One connection to PostgreSQL.
///
/// The actor owns the `PGconn` and runs on a thread of its own, which waits for the socket too. No
/// call blocks: whoever waits for the server is suspended. Statements of several tasks are answered in the order in
/// which they came.
public actor Connection {
    /// What is the same for the life of a connection.
    public struct Configuration: Sendable {
        /// How many requests may wait behind the one that runs; the next one gets `PostgresError.queueFull`.
        public var queueLimit: Int
        /// How long the server may take to obey a cancellation. Past it the connection is closed, since a statement
        /// that cannot be stopped would hold back all that wait.
        public var cancelLimit: Duration
        /// Gets the server's notices and warnings, on the connection's thread; it must not block.
        public var onNotice: @Sendable (ServerMessage) -> Void

        /// Without arguments: 1,000 requests may wait, ten seconds for a cancellation, and notices are dropped.
        public init(
            queueLimit: Int = 1000,
            cancelLimit: Duration = .seconds(10),
            onNotice: @escaping @Sendable (ServerMessage) -> Void = { _ in }
        ) {
            self.queueLimit = queueLimit
            self.cancelLimit = cancelLimit
            self.onNotice = onNotice
        }
    }

    /// The server process that serves it, `pg_stat_activity.pid`; it stays known after the connection is lost.
    public nonisolated let backendProcessID: Int32
    /// As libpq writes it: 150018 is 15.18.
    public nonisolated let serverVersion: Int
    /// Whether what is sent is encrypted; with `sslmode=prefer`, the default, that is for the server to say.
    public nonisolated let usesTLS: Bool

    nonisolated let executor: ThreadExecutor

    nonisolated var thread: ConnectionThread { executor.thread }

    /// Runs tasks where the connection reads.
    package nonisolated let taskExecutor: ThreadTaskExecutor
    let configuration: Configuration
    let cancelHandle: CancelHandle?

    /// Nil when the connection is lost or closed; `ending` then says why.
    var handle: ConnectionHandle?
    var ending: PostgresError?
    /// Whether libpq holds bytes that the socket did not take.
    var isWaitingToWrite = false

    /// Why it is of no use any more, as soon as that is known, also while nothing is asked; nil while it stands.
    public var loss: PostgresError? { ending }

    var requests: RequestQueue
    var response: Response?
    /// The request that the server has been asked to stop.
    var stopping: Request.Ticket?
    /// Why the server could not be asked the last time.
    var stopFailure: String?
    var subscriptions = Subscriptions()

    /// The connection's own thread, on which everything isolated to this actor runs.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// Takes over what the handshake has made.
    init(
        _ handle: ConnectionHandle,
        _ executor: ThreadExecutor,
        _ configuration: Configuration
    ) throws(PostgresError) {
        guard handle.makeNonBlocking() else { throw .connection("the process has no memory left") }
        self.handle = handle
        self.executor = executor
        taskExecutor = ThreadTaskExecutor(executor.thread)
        self.configuration = configuration
        cancelHandle = CancelHandle(handle)
        requests = RequestQueue(limit: configuration.queueLimit)
        backendProcessID = handle.backendProcessID
        serverVersion = handle.serverVersion
        usesTLS = handle.usesTLS
    }

    /// What the server reports of a setting, such as `TimeZone`; nil for one that it does not report.
    public func parameterStatus(_ name: String) -> String? {
        handle?.parameterStatus(name)
    }

    /// As of the last answer that was read. Statements that wait behind the one that runs do not count yet.
    public var transactionStatus: TransactionStatus {
        switch handle?.transactionStatus {
        case PQTRANS_IDLE: .idle
        case PQTRANS_ACTIVE: .active
        case PQTRANS_INTRANS: .inTransaction
        case PQTRANS_INERROR: .inFailedTransaction
        default: .unknown
        }
    }

    /// Begins to read. The socket is read all the time, so that a lost connection shows at once.
    func start() {
        guard let handle else { return }
        let onReady = onThread { $0.receive() }
        thread.watch(SocketWatch(socket: handle.socket, waitsToRead: true, waitsToWrite: false, onReady: onReady))
        receive()
    }

    /// Runs `body` on the connection's thread, after all that was asked of it before.
    nonisolated func enqueue(_ body: @escaping @Sendable (isolated Connection) -> Void) {
        thread.post { self.assumeIsolated { body($0) } }
    }

    /// Runs `body` later, if the connection is still there then.
    nonisolated func schedule(after delay: Duration, _ body: @escaping @Sendable (isolated Connection) -> Void) {
        let job = onThread(body)
        DispatchQueue.global().asyncAfter(deadline: .now() + delay.dispatchInterval) { [weak thread] in
            thread?.post(job)
        }
    }

    /// A job for the thread that does nothing when the connection is gone.
    nonisolated func onThread(_ body: @escaping @Sendable (isolated Connection) -> Void) -> @Sendable () -> Void {
        { [weak self] in self?.assumeIsolated { body($0) } }
    }
}
