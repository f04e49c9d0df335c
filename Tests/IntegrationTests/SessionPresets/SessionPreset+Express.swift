extension SessionPreset {
    /// connect-pg-simple's table.sql, and Passport. Its times are cast in the application's time zone, the database's.
    static let express = SessionPreset(
        name: "express",
        shape: "Passport",
        tables: """
            create table users (id bigint primary key, admin boolean);
            create table "session" ("sid" varchar not null collate "default", "sess" json not null, "expire" timestamp(6) not null)
              with (oids = false);
            alter table "session" add constraint "session_pkey" primary key ("sid") not deferrable initially immediate;
            create index "IDX_session_expire" on "session" ("expire");

            """,
        rows: """
            insert into users values (42, false), (9223372036854775807, true);
            insert into session (sid, sess, expire)
            select s.sid, s.sess::json, to_timestamp(ceil(extract(epoch from now())) + s.left) from (values
              ('nmRsQW0pRk7aUu9jv2y4GmVn4Qn9g8dM', 60,
                '{"cookie":{"originalMaxAge":86400000},"note":"\\u0000\\ud800","passport":{"user":42}}'),
              ('rootQW0pRk7aUu9jv2y4GmVn4Qn9g8dM', 60, '{"passport":{"user":"9223372036854775807"}}'),
              ('pastQW0pRk7aUu9jv2y4GmVn4Qn9g8dM', -60, '{"passport":{"user":42}}'),
              ('noneQW0pRk7aUu9jv2y4GmVn4Qn9g8d1', 60, '{"cookie":{},"passport":{}}'),
              ('noneQW0pRk7aUu9jv2y4GmVn4Qn9g8d2', 60, '{"cookie":{}}'),
              ('noneQW0pRk7aUu9jv2y4GmVn4Qn9g8d3', 60, '{"passport":{"user":null}}'),
              ('noneQW0pRk7aUu9jv2y4GmVn4Qn9g8d4', 60, '{"passport":{"user":{"id":42}}}'),
              ('noneQW0pRk7aUu9jv2y4GmVn4Qn9g8d5', 60, '{"passport":{"user":true}}'),
              ('noneQW0pRk7aUu9jv2y4GmVn4Qn9g8d6', 60, '{"passport":{"user":""}}')
            ) as s(sid, "left", sess);
            """,
        relations: ["sessions": "session", "users": "users"],
        columns: ["sessions.sid", "sessions.sess", "sessions.expire"],
        credential: "nmRsQW0pRk7aUu9jv2y4GmVn4Qn9g8dM",
        user: "42",
        sessionID: "freshet.secret_id('nmRsQW0pRk7aUu9jv2y4GmVn4Qn9g8dM')",
        refused: (1...6).map { "noneQW0pRk7aUu9jv2y4GmVn4Qn9g8d\($0)" } + [
            "pastQW0pRk7aUu9jv2y4GmVn4Qn9g8dM", "s:nmRsQW0pRk7aUu9jv2y4GmVn4Qn9g8dM",
            "s:nmRsQW0pRk7aUu9jv2y4GmVn4Qn9g8dM.fu0vlCKU1Gy7PLKzu88w9nXKxh6IYOrdBNaHYymJjRg",
        ],
        administrator: (["admin": "admin"], "rootQW0pRk7aUu9jv2y4GmVn4Qn9g8dM"),
        signOut: "delete from session where sid like 'nm%'",
        printed: "freshet serve --token-format hmac-sha256 --cookie connect.sid"
    )

    /// Without Passport, and with a `timestamptz`, as many write the table by hand.
    static let expressByHand = SessionPreset(
        name: "express",
        shape: "by hand",
        tables: """
            create table user_sessions (sid text primary key, sess jsonb not null, expire timestamptz not null);

            """,
        rows: """
            insert into user_sessions values
              ('ada', '{"userId": "o''brien/\\"x\\""}', now() + interval '1 minute'),
              ('past', '{"userId": "1"}', now() - interval '1 minute'), ('none', '{}', now() + interval '1 minute');
            """,
        variables: ["sessions": "user_sessions", "user": "{userId}"],
        relations: ["sessions": "user_sessions"],
        columns: ["sessions.sid", "sessions.sess", "sessions.expire"],
        credential: "ada",
        user: #"o'brien/"x""#,
        sessionID: "freshet.secret_id('ada')",
        refused: ["past", "none"],
        // Signed out, but the session goes on.
        signOut: "update user_sessions set sess = '{}' where sid = 'ada'",
        printed: "connect.sid"
    )
}
