import Invalidation
import LibPQ

extension Controls {
    private static let doorbell = #"{"control":"controls"}"#

    /// Whether this is the notification by which the database says that they have changed.
    static func isDoorbell(_ payload: String) -> Bool {
        payload.utf8.count == doorbell.utf8.count && payload == doorbell
    }

    static func read(on connection: Connection) async throws -> Controls {
        let rows = try await connection.query("select version::text, is_paused, disabled from freshet.controls()")
        guard let row = rows.first else { throw ListenerError.unreadable("freshet.controls() gave no row") }
        let (version, isPaused, disabled) = try row.decode(String.self, Bool.self, [String].self)
        guard let version = UInt64(digits: version.utf8) else {
            throw ListenerError.unreadable("the controls have the version '\(version)'")
        }
        // What is no tag covers none. To fail of it would keep the listener from ever connecting.
        return Controls(version: version, isPaused: isPaused, disabled: TagSet(disabled.compactMap(Tag.init(text:))))
    }
}
