import Freshet
import LibPQ

/// All that has to hold of a database before the service can do its work. Each part stands alone: one that fails, or
/// has nothing to look at, does not keep the others from being told.
struct DatabaseCheck: Sendable {
    let database: ConnectionInfo

    /// The part that is being looked at gets this long for a statement.
    private static let timeout = "10s"

    static let apply = #"run psql "$DATABASE_URL" -f migrations/apply.sql"#

    func run(_ report: (Finding) -> Void) async {
        do {
            try await Connection.withConnection(database) { connection in
                try await connection.execute("set statement_timeout = '\(Self.timeout)'")
                await self.run(connection, report)
            }
        } catch {
            report(.failed("database", "\(FreshetError(explaining: error, of: database))"))
        }
    }

    private func run(_ connection: Connection, _ report: (Finding) -> Void) async {
        let parts: [(String, (Connection) async throws -> [Finding])] = [
            ("database", server), ("migrations", migrations), ("role", role), ("LISTEN", roundTrip),
            ("NOTIFY queue", queue), ("NOTIFY ceiling", ceiling), ("watched tables", watches),
            ("session function", sessionFunction),
            ("history", history), ("controls", controls),
        ]
        for (subject, part) in parts {
            do {
                for finding in try await part(connection) { report(finding) }
            } catch {
                report(.failed(subject, explain(error)))
            }
        }
    }

    /// What is missing or forbidden is a finding of its own; whatever stands on it says so in a few words.
    private func explain(_ error: any Error) -> String {
        guard case .server(let message)? = error as? PostgresError else {
            return "\(FreshetError(explaining: error, of: database))"
        }
        return switch message.sqlState {
        case "42501": "This role cannot tell (\(message.message)): see role."
        case "3F000", "42P01", "42883": "\(message.message): \(Self.apply)."
        default: "\(FreshetError(explaining: error, of: database))"
        }
    }

    private func server(_ connection: Connection) async throws -> [Finding] {
        let row = try await connection.onlyRow(
            "select current_setting('server_version'), current_database(), current_user::text, pg_is_in_recovery()"
        )
        let (version, name, user, isStandby) = try row.decode(String.self, String.self, String.self, Bool.self)
        guard connection.serverVersion >= 130_000 else {
            return [.failed("database", "PostgreSQL \(version) is too old: Freshet needs 13 or later.")]
        }
        guard !isStandby else {
            return [
                .failed(
                    "database",
                    "This server is a standby, where nobody can LISTEN: name the primary as --database-url."
                )
            ]
        }
        let text = "PostgreSQL \(version), database \(name), as \(user)"
        guard !Self.loses(connection.serverVersion) else {
            return [
                .note(
                    "database",
                    "\(text). This release can refuse LISTEN with \"could not access status of transaction\" after a "
                        + "vacuum: update to 13.23, 14.20, 15.15, 16.11, 17.7, or later."
                )
            ]
        }
        return [.ok("database", text)]
    }

    /// The first releases in which VACUUM leaves what the NOTIFY queue still needs to know of transactions (release notes
    /// of November 2025).
    private static let mended = [13: 23, 14: 20, 15: 15, 16: 11, 17: 7, 18: 1]

    /// - Parameter version: as `PQserverVersion` tells it, 150014 for 15.14.
    static func loses(_ version: Int) -> Bool {
        mended[version / 10_000].map { version % 10_000 < $0 } ?? false
    }
}

extension Connection {
    /// The row of a statement that always gives one.
    nonisolated(nonsending) func onlyRow(_ sql: String, _ parameters: [Parameter] = []) async throws -> Row {
        guard let row = try await query(sql, parameters).first else {
            throw PostgresError.protocolViolation("a statement that always gives a row gave none.")
        }
        return row
    }

    /// Whether a table or a view of Freshet's is there, whoever may read it.
    nonisolated(nonsending) func hasRelation(_ name: String) async throws -> Bool {
        try await onlyRow("select to_regclass($1) is not null", [.text(name)]).decode(at: 0)
    }
}
