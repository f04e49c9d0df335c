import DequeModule

/// The requests of one connection: one runs, the others wait in the order in which they came.
struct RequestQueue {
    /// What a cancellation has met.
    enum Cancellation {
        /// It was not sent, and is out of the queue.
        case removed(Request)
        /// The server is at it.
        case running
        /// It has been answered, or has not come yet.
        case unknown
    }

    let limit: Int
    private(set) var running: Request?
    private var waiting: Deque<Request> = []

    /// While a cancel request is on its way, nothing new is sent: it would hit whatever runs when it arrives.
    var isCancelling = false

    init(limit: Int) {
        self.limit = limit
    }

    /// False where the queue is full.
    mutating func append(_ request: Request) -> Bool {
        guard waiting.count < limit else { return false }
        waiting.append(request)
        return true
    }

    /// The request to send now, if there is one and nothing is in its way.
    mutating func startNext() -> Request? {
        guard running == nil, !isCancelling, let next = waiting.popFirst() else { return nil }
        running = next
        return next
    }

    /// The server is done with the running request.
    mutating func finish() -> Request? {
        defer { running = nil }
        return running
    }

    mutating func cancel(_ ticket: Request.Ticket) -> Cancellation {
        if running?.ticket === ticket { return .running }
        guard let index = waiting.firstIndex(where: { $0.ticket === ticket }) else { return .unknown }
        return .removed(waiting.remove(at: index))
    }

    /// Empties the queue; the running request comes first.
    mutating func removeAll() -> [Request] {
        defer {
            running = nil
            waiting.removeAll()
        }
        return (running.map { [$0] } ?? []) + waiting
    }
}
