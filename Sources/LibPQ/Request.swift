import Synchronization

/// One command and whoever waits for its answer.
struct Request: Sendable {
    /// Tells requests apart, and remembers a cancellation that comes before the request does.
    final class Ticket: Sendable {
        private let cancelled = Atomic(false)

        var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

        func cancel() { cancelled.store(true, ordering: .releasing) }
    }

    typealias Answer = [Result<Rows, PostgresError>]

    let ticket: Ticket
    let command: Command

    /// Nil where nobody waits.
    let continuation: CheckedContinuation<Answer, any Error>?

    /// Answers with what the server has said.
    ///
    /// A statement that was finished before its cancellation arrived is answered as what it is, a success: it may have
    /// changed rows.
    func answer(_ answer: Answer) {
        let stopped = answer.contains { if case .failure(let error) = $0 { error.sqlState == "57014" } else { false } }
        if ticket.isCancelled, stopped {
            continuation?.resume(throwing: CancellationError())
        } else {
            continuation?.resume(returning: answer)
        }
    }

    func fail(_ error: PostgresError) {
        continuation?.resume(throwing: ticket.isCancelled ? CancellationError() : error)
    }
}
