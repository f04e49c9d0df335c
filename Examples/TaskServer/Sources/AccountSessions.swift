import Foundation
import Freshet
import LibPQ

/// A row of `account_session`.
struct AccountSession: Sendable {
    let id: Int64
    let account: String
    let isAdmin: Bool
    let scopes: [String]

    /// How long it goes on, by the database's clock.
    let secondsLeft: Double
}

/// The application's sessions.
struct AccountSessions: Sendable {
    let database: Database

    /// - Returns: nil for a token that is none, or no longer.
    func find(_ token: String) async throws -> AccountSession? {
        let rows = try await database.query(
            """
            select id, account, is_admin, scopes, extract(epoch from expires_at - clock_timestamp())::float8
              from account_session
             where token_sha256 = sha256(convert_to($1, 'UTF8')) and expires_at > clock_timestamp()
            """,
            [.text(token)]
        )
        guard let row = rows.first else { return nil }
        let (id, account, isAdmin, scopes, secondsLeft) = try row.decode(
            Int64.self,
            String.self,
            Bool.self,
            [String].self,
            Double.self
        )
        return AccountSession(id: id, account: account, isAdmin: isAdmin, scopes: scopes, secondsLeft: secondsLeft)
    }

    func signOut(_ token: String) async throws {
        _ = try await database.query("select account_sign_out($1)", [.text(token)])
    }

    /// What Freshet is told of a request.
    ///
    /// It looks the session up again whenever its row has changed: one that was only extended goes on, with its new end.
    func answer(_ session: AccountSession?, token: String) -> SessionAnswer {
        guard let session else { return .unauthorized }
        return .session(
            user: session.account,
            id: "\(session.id)",
            isAdmin: session.isAdmin,
            scopes: session.scopes,
            expiresAt: Date().timeIntervalSince1970 + session.secondsLeft,
            recheck: {
                do { return answer(try await find(token), token: token) } catch { return .unavailable }
            }
        )
    }
}
