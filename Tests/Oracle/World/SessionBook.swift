import LibPQ
import Synchronization

/// The sessions of the run's users: one at a time for each, which a fault may revoke and make anew.
package final class SessionBook: Sendable {
    struct Session: Sendable {
        let number: Int
        let user: Int
        let token: String
    }

    private struct State {
        var current: [Int: Session] = [:]
        var count = 0
        var revoked: [Int: Moment] = [:]
    }

    private let state = Mutex(State())

    /// What a user hears apart from `global` and its own.
    static func extraScopes(ofUser user: Int) -> [String] {
        switch user {
        case 3: ["team/1"]
        case 4: ["team/2"]
        case 5: ["team/1", "team/2"]
        default: []
        }
    }

    static func grants(ofUser user: Int) -> Set<String> { Set(["global", "user/\(user)"] + extraScopes(ofUser: user)) }

    func make(_ user: Int, in database: Database) async throws {
        let rows = try await database.query(
            "select freshet.create_session($1, scopes => $2)",
            [.text("\(user)"), .textArray(Self.extraScopes(ofUser: user))]
        )
        let token = try rows.first?.decode(at: 0, as: String.self) ?? ""
        state.withLock { state in
            state.count += 1
            state.current[user] = Session(number: state.count, user: user, token: token)
        }
    }

    func current(_ user: Int) -> Session? { state.withLock { $0.current[user] } }

    /// Ends a user's session for good, and makes another one.
    func replace(_ user: Int, in database: Database) async throws {
        guard let old = current(user) else { return }
        _ = try await database.query("select freshet.revoke_session($1)", [.text(old.token)])
        state.withLock { $0.revoked[old.number] = .now }
        try await make(user, in: database)
    }

    var revoked: [Int: Moment] { state.withLock(\.revoked) }
}
