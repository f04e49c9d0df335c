import LibPQ
import Synchronization

/// Invalidates at a steady rate, one tag a transaction, and keeps what it has committed.
///
/// Its number `i` is the tag `n/<i modulo the number of groups>/i`, so that a filter can ask for a group.
final class Publisher: Sendable {
    static let groups = 16

    private struct State {
        var sent: [ContinuousClock.Instant] = []
        var transactions: [UInt64] = []
    }

    private let state = Mutex(State())
    private let connection: Connection
    private let rate: Int

    /// - Parameter rate: invalidations a second.
    init(_ connection: Connection, rate: Int) {
        self.connection = connection
        self.rate = rate
    }

    /// The transaction of each number, ascending: there is one writer.
    var transactions: [UInt64] { state.withLock(\.transactions) }

    /// The position that promises all of them lies here or above.
    var horizon: UInt64 { (transactions.last ?? 0) + 1 }

    /// When the statement was sent that commits this number.
    func instant(of number: Int) -> ContinuousClock.Instant? {
        state.withLock { $0.sent.indices.contains(number) ? $0.sent[number] : nil }
    }

    /// - Parameter everySecond: called between two of them, with how many have been published in this call.
    func publish(for duration: Duration, everySecond: (Int) -> Void) async throws {
        let began = ContinuousClock.now
        let count = Int(duration / .seconds(1) * Double(rate))
        for published in 0..<count {
            // The pace is the load itself; one that has fallen behind does not wait.
            try await Task.sleep(until: began + .seconds(1) * published / rate)
            let number = state.withLock { state in
                state.sent.append(.now)
                return state.sent.count - 1
            }
            let rows = try await connection.query(
                "select freshet.invalidate(array[$1]), pg_current_xact_id()::text",
                [.text("n/\(number % Self.groups)/\(number)")]
            )
            let transaction: String? = try rows.first?.decode(at: 1)
            state.withLock { $0.transactions.append(transaction.flatMap { UInt64($0) } ?? 0) }
            if (published + 1) % rate == 0 { everySecond(published + 1) }
        }
    }
}
