package import LibPQ

/// What is wrong with the database or with the role that the service has, and what to do about it.
package struct Diagnosis: Sendable, CustomStringConvertible {
    /// One sentence that names the thing, one that says what to do.
    package let description: String

    /// Whether waiting cannot mend it: somebody has to do something.
    package let isLasting: Bool

    package init(_ error: any Error, database: ConnectionInfo) {
        guard let error = error as? PostgresError else {
            description = "\(error)"
            isLasting = false
            return
        }
        (description, isLasting) = Self.explain(error, database)
    }

    private static func explain(_ error: PostgresError, _ database: ConnectionInfo) -> (String, Bool) {
        switch error.sqlState {
        case nil:
            // libpq tells why a connection could not be made in words alone.
            ("\(error)", lastingWords.contains { "\(error)".contains($0) })
        case "3F000", "42P01", "42883":
            (
                "The database (\(database)) lacks Freshet's schema, or has an older one: \(message(error)) "
                    + "Run psql -f migrations/apply.sql on it.",
                true
            )
        case "42501":
            (
                "The service's role may not do what it must (\(database)): \(message(error)) "
                    + "Make it a member: grant freshet_service to ROLE.",
                true
            )
        case "25006":
            ("The database (\(database)) is a standby or read-only, where nobody can LISTEN; name the primary.", false)
        default: ("\(error)", false)
        }
    }

    /// What PostgreSQL says where waiting does not help; of a translated message, nothing is known and it is waited.
    private static let lastingWords = [
        "password authentication failed", "no password supplied", "no pg_hba.conf entry", "does not exist",
        "authentication failed",
    ]

    private static func message(_ error: PostgresError) -> String {
        if case .server(let message) = error { "\(message.message)." } else { "\(error)" }
    }
}
