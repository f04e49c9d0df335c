import Invalidation
import LibPQ

/// The state of the log, and the snapshot that showed it.
struct LogStatus: Sendable {
    let snapshot: Snapshot
    let polled: Bool
    let switches: UInt64
    let completeFrom: UInt64?

    /// The version of the controls.
    let controls: UInt64

    /// The columns that the initialiser reads, of `freshet.log_status()` as `s`.
    static let columns = "pg_current_snapshot()::text, s.polled, s.switches::text, s.complete_from, s.controls::text"

    init(snapshot text: String, polled: Bool, switches: String, completeFrom: String?, controls: String) throws {
        guard let snapshot = Snapshot(text: text), let switches = UInt64(digits: switches.utf8),
            let controls = UInt64(digits: controls.utf8)
        else {
            throw ListenerError.unreadable("its snapshot is '\(text)' after \(switches) switches, controls \(controls)")
        }
        self.snapshot = snapshot
        self.polled = polled
        self.switches = switches
        self.controls = controls
        self.completeFrom = completeFrom.flatMap { UInt64(digits: $0.utf8) }
    }

    static func read(on connection: Connection) async throws -> LogStatus {
        let rows = try await connection.query("select \(columns) from freshet.log_status() as s")
        guard let row = rows.first else { throw ListenerError.unreadable("freshet.log_status() gave no row") }
        let (snapshot, polled, switches, complete, controls) = try row.decode(
            String.self,
            Bool.self,
            String.self,
            String?.self,
            String.self
        )
        return try LogStatus(
            snapshot: snapshot,
            polled: polled,
            switches: switches,
            completeFrom: complete,
            controls: controls
        )
    }
}
