import LibPQ
import Testing

/// Asks again until the answer is yes; the suite's time limit ends it otherwise.
func eventually(_ isTrue: () async throws -> Bool) async throws {
    while try await !isTrue() {
        try Task.checkCancellation()
        await Task.yield()
    }
}

/// Waits until the server shows that the process runs (or has) what `condition` says of its row.
func wait(
    for processID: Int32,
    until condition: String,
    on observer: Connection
) async throws {
    try await eventually {
        try await !observer.query(
            "select 1 from pg_stat_activity where pid = $1::int and \(condition)",
            [.int(processID)]
        ).isEmpty
    }
}
