import Invalidation
import LibPQ
import TokenFormats

/// Asks `freshet.lookup_sessions`, which calls `freshet.authenticate` once for each credential of a batch.
///
/// The connection reads only and has a statement timeout, whatever the operator's function does (CONTRACT.md §6).
struct PostgresSessionLookup: SessionLookup {
    private static let name = "freshet_lookup_sessions"

    private static let statement = """
        select n, user_id, session_id, is_admin, coalesce(scopes, '{}'), failure,
               case expires_at when 'infinity' then null when '-infinity' then -1
                    else extract(epoch from expires_at - clock_timestamp())::float8 end
          from freshet.lookup_sessions($1::text[])
        """

    private let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    var loss: PostgresError? {
        get async { await connection.loss }
    }

    func prepare() async throws {
        try await connection.set([
            "statement_timeout": "2s", "default_transaction_read_only": "on", "idle_session_timeout": "0",
            "default_transaction_isolation": "read committed",
        ])
        try await connection.prepare(Self.name, Self.statement)
    }

    func results(for claims: [SessionClaim], checking: Set<Int>) async throws -> [LookupResult] {
        do {
            return try await ask(claims)
        } catch let error as PostgresError where error.sqlState == "57014" {
            // One credential may have taken all the time: its neighbours are asked for by themselves. When even those
            // do not come back, the database is slow and not the credential.
            guard claims.count > 1 else { return [.unanswered] }
            return try await askOneByOne(claims)
        }
    }

    func scopes(of users: [String]) async throws -> [[String]?] {
        do {
            let rows = try await connection.query(
                "select n, scopes from freshet.lookup_scopes($1::text[])",
                [.textArray(users)]
            )
            var lists = [[String]?](repeating: nil, count: users.count)
            for row in rows {
                let (n, scopes) = try row.decode(Int.self, [String?]?.self)
                if lists.indices.contains(n - 1) { lists[n - 1] = scopes?.compactMap { $0 } }
            }
            return lists
        } catch let error as PostgresError where error.sqlState == "57014" {
            return [[String]?](repeating: nil, count: users.count)
        }
    }

    private func askOneByOne(_ claims: [SessionClaim]) async throws -> [LookupResult] {
        var results: [LookupResult] = []
        var timeouts = 0
        for claim in claims {
            guard timeouts < 2 else {
                results.append(.unanswered)
                continue
            }
            do {
                results += try await ask([claim])
            } catch let error as PostgresError where error.sqlState == "57014" {
                timeouts += 1
                results.append(.unanswered)
            }
        }
        return results
    }

    private func ask(_ claims: [SessionClaim]) async throws -> [LookupResult] {
        let asked = Uptime.now
        let rows = try await connection.query(prepared: Self.name, [.textArray(claims.map(\.key))])
        var results = [LookupResult](repeating: .none, count: claims.count)
        for row in rows {
            let (n, user, session, isAdmin, scopes, failure, remaining) = try row.decode(
                Int.self,
                String?.self,
                String?.self,
                Bool?.self,
                [String?].self,
                String?.self,
                Double?.self
            )
            guard results.indices.contains(n - 1) else { continue }
            if let failure {
                results[n - 1] = .failed(failure)
            } else if let user, !user.isEmpty {
                results[n - 1] = .session(
                    Session(
                        userID: user,
                        sessionID: session,
                        expiresAt: remaining.map { asked + $0 },
                        isAdmin: isAdmin ?? false,
                        scopes: scopes.compactMap { $0 }
                    )
                )
            }
        }
        return results
    }
}
