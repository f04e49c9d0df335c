import LibPQ
import TestSupport
import ThrowawayPostgres

/// A framework's session table as the framework makes and fills it, and what `migrations/sessions` has to find in it.
///
/// `tables` and `rows` are SQL in the schema `public`; rows are written as the framework writes them, above all the times.
struct SessionPreset: Sendable {
    /// The file's name without `.sql`.
    let name: String

    /// Which of the shapes that the framework gives the table.
    let shape: String
    let tables: String
    let rows: String
    var variables: [String: String] = [:]

    /// The variables that name tables, and the tables of this shape; the sessions are always one.
    let relations: [String: String]

    /// The columns without which it stops, as `table.column` in SQL.
    let columns: [String]

    /// A session's, as `freshet.authenticate` gets it.
    let credential: String
    let user: String

    /// SQL for the session's id; it must not be what signs in, unless that is no secret.
    let sessionID: String

    /// Whether the credential is an id that anybody may know, since the service has verified who says it.
    var isVerified = false
    var hasExpiry = true

    /// Sessions that are over or nobody's, and secrets of the table that are no credentials.
    let refused: [String]

    /// What else has to be set for administrators to be known, and the credential of one.
    var administrator: (variables: [String: String], credential: String)?

    /// As the framework does it.
    let signOut: String

    /// The request's field that carries the credential, where nothing has to be verified, and how to serve then.
    var plain: (field: (name: String, value: String), arguments: [String])?

    /// What the file has to say of the service's options.
    let printed: String

    static func file(_ name: String) -> String { "\(Repository.root)/migrations/sessions/\(name).sql" }

    /// Makes the framework's tables and rows, and applies the file: what a stream test needs.
    @discardableResult
    func install(in database: TestDatabase, _ more: [String: String] = [:]) async throws -> String {
        try await prepare(in: database)
        return try await apply(in: database, more)
    }

    func prepare(in database: TestDatabase) async throws {
        try await database.psql(tables + rows)
    }

    /// Runs the file by the real `psql`, and gives what it printed.
    @discardableResult
    func apply(in database: TestDatabase, _ more: [String: String] = [:]) async throws -> String {
        try await Self.apply(name, in: database, variables.merging(more) { $1 })
    }

    @discardableResult
    static func apply(_ name: String, in database: TestDatabase, _ variables: [String: String] = [:]) async throws
        -> String
    {
        try await database.cluster.psql(.file(file(name)), database: database.name, variables: variables)
    }

    /// The same as a script, for ``RunningService/withService(_:environment:descriptors:setUp:_:)``.
    var setUp: String {
        let settings = variables.map { "\\set \($0.key) '\($0.value.replacing("'", with: "''"))'" }
        return ([tables, rows] + settings + ["\\i '\(Self.file(name))'"]).joined(separator: "\n") + "\n"
    }

    /// What no framework has for a credential, and what came of trying to be clever.
    var garbage: [String] {
        let shapes = [
            "", " ", "'", "\"", "''", "';--", "%", "_", "\\", "\\x00", "/", "//", "///", ".", "..", "a.b", "a.b.c", ":",
            "s:",
            "-1", "0", "00", "+1", "1.0", "1e3", "9223372036854775807", "9223372036854775808", "99999999999999999999",
            "NaN", "Infinity", "null", "undefined", "true", "{}", "[]", "{", "\"\"",
            "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-00000000000g", "{00000000}", "deadbeef",
            "é", "😀", "\u{1}", "\n", "\t", "$1", "2::", "2::" + String(repeating: "0", count: 64),
            String(repeating: "0", count: 64), String(repeating: "f", count: 64), String(repeating: "a", count: 32),
            String(repeating: "9", count: 4_096), String(repeating: "😀", count: 1_000),
        ]
        let near = [
            credential + "x", "x" + credential, credential + " ", " " + credential, credential + "\n", credential + "/",
            "hbs." + credential, credential + "%", String(credential.dropLast()), String(credential.dropFirst()),
        ]
        return shapes + near
    }
}

extension SessionPreset: CustomStringConvertible {
    var description: String { shape.isEmpty ? name : "\(name) (\(shape))" }
}

/// What `freshet.lookup_sessions` says of one credential.
struct FoundSession: Equatable {
    var user: String?
    var id: String?
    var hasExpiry = false
    var isAdmin: Bool?
    var scopes: [String] = []
    var failure: String?
}

extension TestDatabase {
    /// Asks as the service does: as its role, and for all in one call.
    ///
    /// - Returns: one for each credential, nil where it is no session's.
    func lookUp(_ credentials: [String]) async throws -> [FoundSession?] {
        try await cluster.withSession(database: name) { session in
            try await session.execute("set role freshet_service; set default_transaction_read_only = on")
            let rows = try await session.query(
                """
                select n, user_id, session_id, expires_at is not null, is_admin, coalesce(scopes, '{}'), failure
                from freshet.lookup_sessions($1::text[])
                """,
                [.textArray(credentials)]
            )
            var found = [FoundSession?](repeating: nil, count: credentials.count)
            for row in rows {
                let (n, user, id, hasExpiry, isAdmin, scopes, failure) = try row.decode(
                    Int.self,
                    String?.self,
                    String?.self,
                    Bool.self,
                    Bool?.self,
                    [String].self,
                    String?.self
                )
                found[n - 1] = FoundSession(
                    user: user,
                    id: id,
                    hasExpiry: hasExpiry,
                    isAdmin: isAdmin,
                    scopes: scopes,
                    failure: failure
                )
            }
            return found
        }
    }

    func lookUp(_ credential: String) async throws -> FoundSession? {
        try await lookUp([credential])[0]
    }
}
