/// Decides what becomes of notifications: held, given to the task that waits, or dropped.
struct MailboxState {
    typealias Taker = CheckedContinuation<NotificationBatch, any Error>

    enum Action {
        case none
        case give(NotificationBatch, to: Taker)
        case fail(any Error, Taker)
    }

    private let limit: Int
    private var held: [Notification] = []
    private var hasOverflowed = false
    private var closed: PostgresError?
    private var taker: Taker?

    init(limit: Int) {
        self.limit = limit
    }

    mutating func put(_ notifications: [Notification]) -> Action {
        guard closed == nil, !hasOverflowed, !notifications.isEmpty else { return .none }
        if held.count + notifications.count > limit {
            held = []
            hasOverflowed = true
        } else if held.isEmpty {
            held = notifications
        } else {
            held += notifications
        }
        return give()
    }

    mutating func close(_ error: PostgresError) -> Action {
        closed = closed ?? error
        return give()
    }

    mutating func wait(_ taker: Taker, isCancelled: Bool) -> Action {
        guard !isCancelled else { return .fail(CancellationError(), taker) }
        guard self.taker == nil else {
            return .fail(PostgresError.unsupported("Taking notifications from two tasks at once"), taker)
        }
        self.taker = taker
        return give()
    }

    mutating func cancelWait() -> Action {
        guard let taker else { return .none }
        self.taker = nil
        return .fail(CancellationError(), taker)
    }

    private mutating func give() -> Action {
        guard let taker, let outcome = next() else { return .none }
        self.taker = nil
        switch outcome {
        case .success(let batch): return .give(batch, to: taker)
        case .failure(let error): return .fail(error, taker)
        }
    }

    private mutating func next() -> Result<NotificationBatch, PostgresError>? {
        if hasOverflowed {
            hasOverflowed = false
            return .success(.overflow)
        }
        if !held.isEmpty {
            defer { held = [] }
            return .success(.notifications(held))
        }
        return closed.map { .failure($0) }
    }
}
