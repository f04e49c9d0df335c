/// A wait that has taken too long; says what was waited for.
package struct DeadlineExceeded: Error, CustomStringConvertible {
    package let what: String
    package let limit: Duration

    package init(what: String, limit: Duration) {
        self.what = what
        self.limit = limit
    }

    package var description: String { "waited \(limit) in vain for \(what)" }
}

/// Never part of a test's meaning, only the end of its patience on a busy machine.
package let patience: Duration = isCI ? .seconds(120) : .seconds(30)

/// Runs `body`, and cancels it when it takes longer than any sound run could.
///
/// `body` has to answer to cancellation; all waits of this module do.
@discardableResult
package func withDeadline<Result: Sendable>(
    _ what: @autoclosure @escaping @Sendable () -> String,
    within limit: Duration = patience,
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let result = first else {
            throw DeadlineExceeded(what: what(), limit: limit)
        }
        return result
    }
}
