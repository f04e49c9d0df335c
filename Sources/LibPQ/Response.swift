import CLibPQ

/// Puts the results of one command together as libpq gives them out.
struct Response {
    enum Progress {
        /// More results are to come.
        case more
        /// That was the last one.
        case finished
        /// The server waits for a COPY's data.
        case copyIn
        /// The server sends a COPY's data.
        case copyOut
        /// The connection cannot be used any more.
        case broken(PostgresError)
        /// libpq has found that the connection is lost.
        case lost(String)
    }

    /// How many statements of a pipeline have not been answered; nil outside of a pipeline.
    private var pending: Int?
    private var copyRefused = false
    /// Whether a statement of a pipeline has given out all its results, so that its synchronisation point is next.
    private var isBetweenStatements = false
    private(set) var answer: Request.Answer = []

    init(to command: Command) {
        if case .pipeline(let statements, _) = command { pending = statements.count }
    }

    /// Takes what `PQgetResult` has returned; nil ends a command, and in a pipeline a statement.
    mutating func receive(_ result: ResultHandle?) -> Progress {
        guard let result else { return endResults() }
        isBetweenStatements = false
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            if !copyRefused { answer.append(.success(Rows(result: result))) }
        case PGRES_FATAL_ERROR:
            // An error without SQLSTATE is libpq's own.
            guard let message = result.message else { return .lost(result.errorMessage) }
            if !copyRefused { answer.append(.failure(.server(message))) }
        case PGRES_PIPELINE_SYNC:
            return endStatement()
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            return refuseCopy(result.status)
        default:
            return .broken(.protocolViolation("libpq reports the status \(result.status.rawValue)."))
        }
        return .more
    }

    private mutating func endResults() -> Progress {
        guard pending != nil else { return .finished }
        // Nothing will follow: to ask again would be to ask for ever.
        guard !isBetweenStatements else { return .broken(.protocolViolation("a pipeline has ended early.")) }
        isBetweenStatements = true
        return .more
    }

    private mutating func endStatement() -> Progress {
        guard let count = pending else { return .broken(.protocolViolation("the server ended a pipeline.")) }
        pending = count - 1
        return count == 1 ? .finished : .more
    }

    /// In a pipeline the server takes the next statements for the COPY's data, so that there is no way back.
    private mutating func refuseCopy(_ status: ExecStatusType) -> Progress {
        let error = PostgresError.unsupported("COPY from or to the client")
        guard pending == nil, status != PGRES_COPY_BOTH else { return .broken(error) }
        if !copyRefused { answer.append(.failure(error)) }
        copyRefused = true
        return status == PGRES_COPY_IN ? .copyIn : .copyOut
    }
}
