import CLibPQ

/// Owns one `PGconn` and calls libpq for it.
///
/// libpq allows one thread at a time. Whoever holds a handle keeps it on one thread; that is why it may be
/// handed from the handshake to the connection.
@safe final class ConnectionHandle: @unchecked Sendable {
    let connection: OpaquePointer
    let notices: NoticeHandler

    /// Begins to connect. Blocks while it resolves names and reads files of passwords and services.
    init(
        connectingTo parameters: [String: String],
        onNotice: @escaping @Sendable (ServerMessage) -> Void
    ) throws(PostgresError) {
        var keywords = CStrings()
        var values = CStrings()
        for (keyword, value) in parameters {
            keywords.append(keyword)
            values.append(value)
        }
        let started = unsafe keywords.withPointers { keywords in
            unsafe values.withPointers { values in unsafe PQconnectStartParams(keywords, values, 0) }
        }
        guard let started = unsafe started else { throw .connection("there is no memory for a connection") }
        unsafe connection = unsafe started
        notices = NoticeHandler(onNotice)
        unsafe notices.install(on: connection)
        if unsafe PQstatus(connection) == CONNECTION_BAD { throw .connection(errorMessage) }
    }

    deinit {
        // On a socket that does not block, this never waits: what does not fit is not sent.
        unsafe PQfinish(connection)
    }

    // MARK: Connecting

    func poll() -> PostgresPollingStatusType { unsafe PQconnectPoll(connection) }

    /// From here on nothing that is sent waits for the peer.
    func makeNonBlocking() -> Bool { unsafe PQsetnonblocking(connection, 1) == 0 }

    /// The options that libpq works with, with its defaults, the environment's and the service file's. Has the
    /// password.
    var options: [String: String] {
        guard let options = unsafe PQconninfo(connection) else { return [:] }
        defer { unsafe PQconninfoFree(options) }
        return unsafe ConnectionStringReader.values(of: options)
    }

    var host: String { unsafe PQhost(connection).map { unsafe String(cString: $0) } ?? "" }
    var address: String { unsafe PQhostaddr(connection).map { unsafe String(cString: $0) } ?? "" }
    var port: String { unsafe PQport(connection).map { unsafe String(cString: $0) } ?? "" }

    // MARK: State

    var socket: Int32 { unsafe PQsocket(connection) }
    var isLost: Bool { unsafe PQstatus(connection) == CONNECTION_BAD }
    var backendProcessID: Int32 { unsafe PQbackendPID(connection) }
    var serverVersion: Int { unsafe Int(PQserverVersion(connection)) }
    var usesTLS: Bool { unsafe PQsslInUse(connection) == 1 }
    var errorMessage: String { unsafe oneLine(PQerrorMessage(connection)) }
    var transactionStatus: PGTransactionStatusType { unsafe PQtransactionStatus(connection) }

    func parameterStatus(_ name: String) -> String? {
        unsafe PQparameterStatus(connection, name).map { unsafe String(cString: $0) }
    }

    // MARK: Reading

    /// Takes what the socket has; false when the connection is lost.
    func consumeInput() -> Bool {
        guard unsafe PQconsumeInput(connection) == 1 else { return false }
        guard usesTLS else { return true }
        // libpq 15 reads once, and what it had no room for stays inside OpenSSL, where the socket does not show it.
        // Servers from 17 on send large rows in records that are larger than that room. Each call doubles the room.
        for _ in 0..<8 where isBusy {
            guard unsafe PQconsumeInput(connection) == 1 else { return false }
        }
        return true
    }

    /// Whether the next result is not complete yet.
    var isBusy: Bool { unsafe PQisBusy(connection) == 1 }

    func nextResult() -> ResultHandle? {
        guard let result = unsafe PQgetResult(connection) else { return nil }
        return unsafe ResultHandle(owning: result)
    }

    /// Hands each notification that has been read to `body`, in order: channel, sender, payload.
    func takeNotifications(_ body: (UnsafePointer<CChar>, Int32, UnsafePointer<CChar>) -> Void) {
        while let notification = unsafe PQnotifies(connection) {
            let content = unsafe notification.pointee
            unsafe body(content.relname, content.be_pid, content.extra)
            unsafe PQfreemem(notification)
        }
    }

    /// Reads a COPY's data and forgets it; false while more is to come.
    func discardCopyData() -> Bool {
        while true {
            var data: UnsafeMutablePointer<CChar>?
            let length = unsafe PQgetCopyData(connection, &data, 1)
            unsafe PQfreemem(data)
            if length == 0 { return false }
            if length < 0 { return true }
        }
    }
}
