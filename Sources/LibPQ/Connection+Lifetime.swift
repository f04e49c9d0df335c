extension Connection {
    /// Connects. A cancelled task gets `CancellationError` at once, even while names are being resolved.
    public nonisolated(nonsending) static func connect(
        _ info: ConnectionInfo,
        configuration: Configuration = Configuration()
    ) async throws -> Connection {
        let attempt = ConnectAttempt()
        let handshake = try Handshake(info, attempt, configuration)
        // The handshake lives as long as somebody waits for it here.
        defer { withExtendedLifetime(handshake) {} }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { caller in
                if attempt.begin(caller) { handshake.start() }
            }
        } onCancel: {
            attempt.fail(CancellationError())
        }
    }

    /// Connects, runs `body`, and closes the connection whatever happens.
    public nonisolated(nonsending) static func withConnection<R>(
        _ info: ConnectionInfo,
        configuration: Configuration = Configuration(),
        _ body: (Connection) async throws -> R
    ) async throws -> R {
        let connection = try await connect(info, configuration: configuration)
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Closes the connection, and returns when its socket is closed. Whoever waits for an answer gets
    /// `PostgresError.closed`; a statement that runs is cancelled on the server, without waiting for it. Never waits for
    /// the server. Closing again does nothing.
    public nonisolated(nonsending) func close() async {
        await withCheckedContinuation { continuation in
            enqueue { connection in
                if connection.response != nil, let cancelHandle = connection.cancelHandle {
                    CancelSender.send(cancelHandle) { _ in }
                }
                connection.end(.closed)
                continuation.resume()
            }
        }
    }

    /// Releases the connection and answers all who wait; the first reason stays.
    func end(_ error: PostgresError) {
        guard ending == nil else { return }
        ending = error
        thread.watch(nil)
        handle = nil
        response = nil
        subscriptions.close(error)
        for request in requests.removeAll() { request.fail(error) }
    }
}
