import CLibPQ

extension ConnectionHandle {
    /// Puts a command into libpq's buffer.
    func send(_ command: Command) throws(PostgresError) {
        switch command {
        case .script(let sql):
            try check(unsafe PQsendQuery(connection, sql))
        case .statement(let sql, let parameters, let format):
            try send(sql, parameters, format)
        case .prepare(let name, let sql):
            try check(unsafe PQsendPrepare(connection, name, sql, 0, nil))
        case .prepared(let name, let parameters, let format):
            try send(prepared: name, parameters, format)
        case .pipeline(let statements, let format):
            try check(unsafe PQenterPipelineMode(connection))
            // A synchronisation point after each statement makes it a transaction of its own: one that fails does not
            // take its neighbours with it.
            for statement in statements {
                try send(statement.sql, statement.parameters, format)
                try check(unsafe PQpipelineSync(connection))
            }
        }
    }

    /// Writes what is buffered, as far as the socket takes it.
    func flush() -> FlushProgress {
        switch unsafe PQflush(connection) {
        case 0: .done
        case 1: .waiting
        default: .failed
        }
    }

    /// Ends a COPY that the server expects data for; the server then answers with an error.
    func refuseCopy() -> Bool {
        unsafe PQputCopyEnd(connection, "COPY is not supported on this connection") == 1
    }

    func leavePipelineMode() -> Bool {
        unsafe PQexitPipelineMode(connection) == 1
    }

    private func send(
        _ sql: String,
        _ parameters: EncodedParameters,
        _ format: ResultFormat
    ) throws(PostgresError) {
        let sent = unsafe parameters.values.withPointers { values in
            unsafe PQsendQueryParams(
                connection,
                sql,
                Int32(parameters.values.count),
                parameters.types,
                values,
                parameters.lengths,
                parameters.formats,
                format.rawValue
            )
        }
        try check(sent)
    }

    private func send(
        prepared name: String,
        _ parameters: EncodedParameters,
        _ format: ResultFormat
    ) throws(PostgresError) {
        let sent = unsafe parameters.values.withPointers { values in
            unsafe PQsendQueryPrepared(
                connection,
                name,
                Int32(parameters.values.count),
                values,
                parameters.lengths,
                parameters.formats,
                format.rawValue
            )
        }
        try check(sent)
    }

    private func check(_ sent: Int32) throws(PostgresError) {
        guard sent != 1 else { return }
        throw isLost ? .connection(errorMessage) : .protocolViolation(errorMessage)
    }
}
