import LibPQ
import TestSupport
import Testing
import ThrowawayPostgres

/// One application's tables twice, watched and not: a write must do the same to both, and be told of one.
///
/// Each twin is a schema and a session whose search path it is, so that a test's SQL is the same for both.
final class Twins {
    /// What Freshet is set to do with an invalidation.
    enum Delivery: CaseIterable, CustomTestStringConvertible {
        case notified
        case polled
        case unlogged

        var testDescription: String {
            switch self {
            case .notified: "delivery notify"
            case .polled: "delivery poll"
            case .unlogged: "history 0"
            }
        }

        var setting: String {
            switch self {
            case .notified: ""
            case .polled: "select freshet.configure('delivery', 'poll')"
            case .unlogged: "select freshet.configure('history', '0')"
            }
        }
    }

    let database: TestDatabase
    let watched: Connection
    private let plain: Connection
    private let ear: Connection
    private let delivery: Delivery
    private var heard: Notifications.AsyncIterator
    private var mark = 0
    /// What the last write has come to.
    private var outcome = ""

    private init(
        _ database: TestDatabase,
        _ delivery: Delivery,
        watched: Connection,
        plain: Connection,
        ear: Connection,
        heard: Notifications
    ) {
        self.database = database
        self.watched = watched
        self.plain = plain
        self.ear = ear
        self.delivery = delivery
        self.heard = heard.makeAsyncIterator()
    }

    /// - Parameter setUp: Run for both twins; `watch` for one.
    static func withTwins(
        _ delivery: Delivery = .notified,
        encoding: String? = nil,
        setUp: String = "",
        watch: String = "",
        _ body: (Twins) async throws -> Void
    ) async throws {
        try await withDatabase(encoding) { database in
            try await database.psql(delivery.setting)
            try await withSession(on: database, "watched") { watched in
                try await withSession(on: database, "plain") { plain in
                    try await withSession(on: database, "public") { ear in
                        try await ear.withNotifications(on: "freshet", limit: 100_000) { heard in
                            let twins = Twins(
                                database,
                                delivery,
                                watched: watched,
                                plain: plain,
                                ear: ear,
                                heard: heard
                            )
                            try await twins.change(setUp)
                            try await twins.watch(watch)
                            try await body(twins)
                        }
                    }
                }
            }
        }
    }

    private static func withDatabase(
        _ encoding: String?,
        _ body: (TestDatabase) async throws -> Void
    ) async throws {
        if let encoding {
            try await TestDatabase.withDatabase(encoding: encoding, body)
        } else {
            try await TestDatabase.withDatabase(.migrated, body)
        }
    }

    private static func withSession(
        on database: TestDatabase,
        _ schema: String,
        _ body: (Connection) async throws -> Void
    ) async throws {
        try await database.cluster.withSession(database: database.name) { session in
            try await session.execute("create schema if not exists \(schema); set search_path = \(schema)")
            try await body(session)
        }
    }

    /// Changes what both are like; nothing is expected of it. `@` in SQL stands for a twin's schema.
    func change(_ script: String) async throws {
        for (session, schema) in both { try await session.execute(script.replacing("@", with: schema)) }
        _ = try await notified()
    }

    /// Makes watches in the one that has them.
    func watch(_ script: String) async throws { try await watched.execute(script) }

    private var both: [(session: Connection, schema: String)] { [(plain, "plain"), (watched, "watched")] }

    /// ``told(_:_:sourceLocation:)``, which has to be this.
    func expect(
        _ statement: String,
        _ parameters: [Parameter] = [],
        tells expected: Set<String>,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let told = try await told(statement, parameters, sourceLocation: sourceLocation)
        #expect(told == expected, "\(statement.prefix(1000)): \(outcome.prefix(1000))", sourceLocation: sourceLocation)
    }

    /// As above, for several statements.
    func expect(
        script: String,
        tells expected: Set<String>,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let told = try await told(script: script, sourceLocation: sourceLocation)
        #expect(told == expected, "\(script.prefix(1000)): \(outcome.prefix(1000))", sourceLocation: sourceLocation)
    }

    /// Writes to both, records an issue where that has not done the same, and gives what was told, a line a tag: the
    /// scope, a space, and the tag's segments with slashes between.
    func told(
        _ statement: String,
        _ parameters: [Parameter] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Set<String> {
        try await told(statement, sourceLocation: sourceLocation) { session, statement in
            let rows = try await session.query(statement, parameters)
            let values = try rows.map { row in try rows.columns.indices.map { try row.decode(at: $0, as: String?.self) }
            }
            return "\(rows.commandTag) \(values)"
        }
    }

    /// As above, for several statements, of which only the failures are compared.
    func told(script: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> Set<String> {
        try await told(script, sourceLocation: sourceLocation) { session, script in
            try await session.execute(script)
            return ""
        }
    }

    private func told(
        _ what: String,
        sourceLocation: SourceLocation,
        _ write: (Connection, String) async throws -> String
    ) async throws -> Set<String> {
        let logged = try await ear.query("select coalesce(max(id), 0) from freshet.event")[0].decode(
            at: 0,
            as: String.self
        )
        var outcomes: [String] = []
        for (session, schema) in both {
            do {
                outcomes.append(try await write(session, what.replacing("@", with: schema)))
            } catch let error as PostgresError {
                outcomes.append("\(error)".replacing(schema, with: "@"))
            }
        }
        #expect(outcomes[0] == outcomes[1], "\(what.prefix(1000))", sourceLocation: sourceLocation)
        outcome = outcomes[1]
        let notified = try await notified()
        guard delivery != .unlogged else { return notified }
        let rows = try await ear.query(
            """
            select json_build_object('scope', scope, 'tags', tags)::text from freshet.event
            where id > $1 and scope not in ('session', 'user')
            """,
            [.text(logged)]
        )
        let inLog = try await lines(rows.map { try $0.decode(at: 0, as: String.self) })
        #expect(
            notified == (delivery == .polled ? [] : inLog),
            "the log and the notifications of \(what.prefix(1000))",
            sourceLocation: sourceLocation
        )
        return inLog
    }

    /// All that was notified since the last time.
    private func notified() async throws -> Set<String> {
        mark += 1
        let last = "the test's \(mark)"
        _ = try await ear.query("select pg_notify('freshet', $1)", [.text(last)])
        var payloads: [String] = []
        while let batch = try await heard.next() {
            guard case .notifications(let batch) = batch else { throw TestFailure("too many notifications") }
            payloads += batch.map(\.payload)
            if payloads.last == last { return try await lines(payloads.dropLast()) }
        }
        throw TestFailure("the notifications ended")
    }

    /// Of payloads or rows of the log; the segments as texts, since that is how they compare. PostgreSQL reads the JSON,
    /// because Foundation's reader loses noncharacters.
    private func lines(_ payloads: [String]) async throws -> Set<String> {
        let rows = try await ear.query(
            """
            select concat(p.payload ->> 'scope', ' ', (
              select string_agg(s.segment #>> '{}', '/' order by s.n)
              from jsonb_array_elements(t.tag) with ordinality as s(segment, n)
            ))
            from unnest($1::text[]) as u(payload)
            -- Read once, and not again for each of its tags.
            cross join lateral (select u.payload::jsonb offset 0) as p(payload)
            cross join lateral jsonb_array_elements(p.payload -> 'tags') as t(tag)
            """,
            [.textArray(payloads)]
        )
        return Set(try rows.map { try $0.decode(at: 0, as: String.self) })
    }
}
