extension Connection {
    /// Runs one statement and returns its rows.
    ///
    /// When the task is cancelled, the server is asked to stop the statement, and `CancellationError` is thrown when it
    /// has; a statement that was finished before returns its rows.
    public nonisolated(nonsending) func query(
        _ sql: String,
        _ parameters: [Parameter] = [],
        resultFormat: ResultFormat = .text
    ) async throws -> Rows {
        try await only(.statement(sql: checked(sql), EncodedParameters(parameters), resultFormat))
    }

    /// Parses a statement once; `query(prepared:)` runs it by its name until the connection ends.
    public nonisolated(nonsending) func prepare(_ name: String, _ sql: String) async throws {
        _ = try await only(.prepare(name: checked(name), sql: checked(sql)))
    }

    /// Runs a prepared statement; cancellation is as with `query`.
    public nonisolated(nonsending) func query(
        prepared name: String,
        _ parameters: [Parameter] = [],
        resultFormat: ResultFormat = .text
    ) async throws -> Rows {
        try await only(.prepared(name: checked(name), EncodedParameters(parameters), resultFormat))
    }

    /// Runs statements that are separated by semicolons, and throws the first error. Those without `begin` of their own
    /// are one transaction.
    public nonisolated(nonsending) func execute(_ script: String) async throws {
        for result in try await answer(to: .script(checked(script))) { _ = try result.get() }
    }

    /// Runs several statements in one round trip, each in a transaction of its own, and returns their results in order:
    /// one that fails leaves its neighbours alone.
    public nonisolated(nonsending) func pipeline(
        _ statements: [Statement],
        resultFormat: ResultFormat = .text
    ) async throws -> [Result<Rows, PostgresError>] {
        guard !statements.isEmpty else { return [] }
        let encoded = try statements.map { statement in
            (sql: try checked(statement.sql), parameters: try EncodedParameters(statement.parameters))
        }
        return try await answer(to: .pipeline(encoded, resultFormat))
    }

    /// The one result of a command that has one.
    private nonisolated(nonsending) func only(_ command: Command) async throws -> Rows {
        guard let result = try await answer(to: command).first else {
            throw PostgresError.protocolViolation("a statement was answered with nothing.")
        }
        return try result.get()
    }

    /// C would read it to the zero byte, and run half of it.
    private nonisolated func checked(_ text: String) throws(PostgresError) -> String {
        guard !text.containsZeroByte else { throw .unsupported("A zero byte in a statement") }
        return text
    }

    /// Queues a command and waits for its answer.
    nonisolated(nonsending) func answer(to command: Command) async throws -> Request.Answer {
        let ticket = Request.Ticket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let request = Request(ticket: ticket, command: command, continuation: continuation)
                enqueue { $0.submit(request) }
            }
        } onCancel: {
            ticket.cancel()
            enqueue { $0.cancel(ticket) }
        }
    }
}
