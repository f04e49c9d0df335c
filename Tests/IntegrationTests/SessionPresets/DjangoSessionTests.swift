import TestSupport
import Testing

/// `migrations/sessions/django.sql`: what Django alone has.
@Suite(.timeLimit(.minutes(20))) struct DjangoSessionTests {
    private let vectors = DjangoVectors.shared

    @Test func `a session's key gives its data, signed in or not, for the service to read`() async throws {
        try await TestDatabase.withDatabase { database in
            try await SessionPreset.django.install(in: database)
            for (name, session) in vectors.sessions {
                let found = try await database.lookUp(session.sessionKey)
                let id = try await database.psql("select freshet.secret_id('\(session.sessionKey)')")
                let expected = FoundSession(
                    user: "django:" + session.sessionData,
                    id: id,
                    hasExpiry: true,
                    isAdmin: false
                )
                #expect(found == expected, "\(name)")
            }
        }
    }

    @Test func `the hash is Django's, whatever the password's column holds`() async throws {
        try await TestDatabase.withDatabase { database in
            try await SessionPreset.django.install(in: database)
            for vector in vectors.hashes {
                try await database.psql("update auth_user set password = $text$\(vector.password)$text$ where id = 1")
                let found = try await database.lookUp([
                    vectors.credential("ada"), vectors.credential("ada", hash: vector.hash),
                ])
                #expect(found.map { $0?.user } == [nil, "1"], "\(vector.password)")
            }
        }
    }

    /// RFC 4231.
    @Test(arguments: [
        (
            String(repeating: "0b", count: 20), "4869205468657265",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            String(repeating: "aa", count: 131),
            "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func `the HMAC is that of RFC 4231`(key: String, message: String, code: String) async throws {
        try await TestDatabase.withDatabase { database in
            try await SessionPreset.django.install(in: database)
            let made = try await database.psql(
                "select encode(freshet.hmac_sha256('\\x\(key)', '\\x\(message)'), 'hex')"
            )
            #expect(made == code)
        }
    }

    @Test func `a session of an older secret is one by the older secret's key`() async throws {
        try await TestDatabase.withDatabase { database in
            try await SessionPreset.django.install(in: database)
            let found = try await database.lookUp([
                vectors.credential("fallback"), vectors.credential("fallback", hashKey: vectors.fallbackHashKey),
            ])
            #expect(found.map { $0?.user } == [nil, "1"])
        }
    }

    @Test func `a new password, a user barred and one made an administrator are told by the user`() async throws {
        try await TestDatabase.withDatabase { database in
            try await SessionPreset.django.install(in: database)
            for (change, expected) in [
                ("is_superuser = true", FoundSession(user: "1", isAdmin: true)), ("is_active = false", nil),
                ("is_active = true, password = '!'", nil),
            ] {
                try await database.psql("truncate freshet.event")
                try await database.psql("update auth_user set \(change) where id = 1")
                let told = "select string_agg(scope || ' ' || (tags ->> 0), ',') from freshet.event"
                #expect(try await database.psql(told) == "user 1")
                let found = try await database.lookUp(vectors.credential("ada"))
                #expect(found?.user == expected?.user, "\(change)")
                #expect(found?.isAdmin == expected?.isAdmin, "\(change)")
            }
        }
    }

    /// Django keeps the key as the model's field writes it.
    @Test(arguments: [
        ("id uuid primary key", "5d0c2d3e-0b5a-4c57-9a3e-2f4c6f0b7a11"),
        ("email text primary key", "o'brien+\"x\"@example.org"),
        ("number bigint primary key", "9223372036854775807"), ("code char(8) primary key", "abc"),
        ("id numeric primary key", "12345678901234567890"),
    ])
    func `users of one's own model have keys of any type`(column: String, key: String) async throws {
        try await TestDatabase.withDatabase { database in
            let vector = try #require(vectors.hashes.last)
            let name = column.prefix { $0 != " " }
            try await SessionPreset.django.prepare(in: database)
            try await database.psql(
                """
                create table person (\(column), password text not null);
                insert into person (\(name), password) values ($key$\(key)$key$, $password$\(vector.password)$password$);
                """
            )
            try await SessionPreset.django.apply(in: database, ["users": "person"])
            let found = try await database.lookUp([
                vectors.credential("ada", user: key, hash: vector.hash),
                vectors.credential("ada", user: key + "0", hash: vector.hash),
                vectors.credential("ada", user: "x", hash: vector.hash),
            ])
            #expect(found.map { $0?.user } == [key, nil, nil])
            #expect(found[0]?.isAdmin == false)
        }
    }
}
