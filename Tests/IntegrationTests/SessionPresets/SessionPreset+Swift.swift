extension SessionPreset {
    static let vapor = SessionPreset(
        name: "vapor",
        shape: "",
        tables: """
            create table users (id uuid primary key, "isAdmin" boolean not null);
            create table _fluent_sessions (
              id uuid primary key, key text not null, data jsonb not null, constraint "uq:_fluent_sessions.key" unique (key)
            );

            """,
        rows: """
            insert into users values
              ('1b4e28ba-2fa1-11d2-883f-0016d3cca427', false), ('22222222-2222-4222-8222-222222222222', true);
            insert into _fluent_sessions values
              ('a0000000-0000-4000-8000-000000000001', 'q7+/oM1Ww1kWcVQ0nH3m0Qv6rYJmE2xk8hZb0Yt3c+Q=',
                '{"_UserSession": "1B4E28BA-2FA1-11D2-883F-0016D3CCA427"}'),
              ('a0000000-0000-4000-8000-000000000002', 'cm9vdHJvb3Ryb290cm9vdHJvb3Ryb290cm9vdHJvb3Q=',
                '{"_UserSession": "22222222-2222-4222-8222-222222222222"}'),
              ('a0000000-0000-4000-8000-000000000003', 'bm9uZW5vbmVub25lbm9uZW5vbmVub25lbm9uZW5vbmU=', '{"theme": "dark"}'),
              ('a0000000-0000-4000-8000-000000000004', 'YWRtaW5hZG1pbmFkbWluYWRtaW5hZG1pbmFkbWluYWQ=',
                '{"_AdminSession": "11111111-1111-4111-8111-111111111111"}');
            """,
        relations: ["sessions": "_fluent_sessions", "users": "users"],
        columns: ["sessions.id", "sessions.key", "sessions.data"],
        credential: "q7+/oM1Ww1kWcVQ0nH3m0Qv6rYJmE2xk8hZb0Yt3c+Q=",
        // As the table of users and a watch have it; Swift writes capitals.
        user: "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        sessionID: "'a0000000-0000-4000-8000-000000000001'",
        hasExpiry: false,
        refused: [
            "bm9uZW5vbmVub25lbm9uZW5vbmVub25lbm9uZW5vbmU=", "YWRtaW5hZG1pbmFkbWluYWRtaW5hZG1pbmFkbWluYWQ=",
            "a0000000-0000-4000-8000-000000000001",
            // What a form's decoding makes of it.
            "q7 /oM1Ww1kWcVQ0nH3m0Qv6rYJmE2xk8hZb0Yt3c Q=",
        ],
        administrator: (["admin": "isAdmin"], "cm9vdHJvb3Ryb290cm9vdHJvb3Ryb290cm9vdHJvb3Q="),
        // `request.auth.logout` and `session.unauthenticate` take the user out; `session.destroy` deletes the row.
        signOut: "update _fluent_sessions set data = '{}' where id = 'a0000000-0000-4000-8000-000000000001'",
        plain: (
            ("Cookie", "vapor-session=q7+/oM1Ww1kWcVQ0nH3m0Qv6rYJmE2xk8hZb0Yt3c+Q="), ["--cookie", "vapor-session"]
        ),
        printed: "freshet serve --cookie vapor-session"
    )

    /// hummingbird-postgres, with a session that is the user's id.
    static let hummingbird = SessionPreset(
        name: "hummingbird",
        shape: "hummingbird-postgres",
        tables: """
            create table users (id uuid primary key, is_admin boolean not null);
            create table _hb_pg_persist (id text primary key, data json not null, expires timestamptz not null);

            """,
        rows: """
            insert into users values
              ('1B4E28BA-2FA1-11D2-883F-0016D3CCA427', false), ('22222222-2222-4222-8222-222222222222', true);
            insert into _hb_pg_persist values
              ('hbs.q7+/oM1Ww1kWcVQ0nH3m0Qv6rYJmE2xk8hZb0Yt3c+Q=', '"1B4E28BA-2FA1-11D2-883F-0016D3CCA427"', now() + interval '1 hour'),
              ('hbs.cm9vdA==', '"22222222-2222-4222-8222-222222222222"', '4001-01-01 00:00:00+00'),
              ('hbs.cGFzdA==', '"22222222-2222-4222-8222-222222222222"', now() - interval '1 second'),
              ('hbs.bm9uZQ==', 'null', now() + interval '1 hour'),
              ('hbs.bGlzdA==', '["22222222-2222-4222-8222-222222222222"]', now() + interval '1 hour'),
              ('other', '"22222222-2222-4222-8222-222222222222"', now() + interval '1 hour');
            """,
        relations: ["sessions": "_hb_pg_persist", "users": "users"],
        columns: ["sessions.id", "sessions.data", "sessions.expires"],
        credential: "q7+/oM1Ww1kWcVQ0nH3m0Qv6rYJmE2xk8hZb0Yt3c+Q=",
        user: "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        sessionID: "freshet.secret_id('hbs.q7+/oM1Ww1kWcVQ0nH3m0Qv6rYJmE2xk8hZb0Yt3c+Q=')",
        refused: ["cGFzdA==", "bm9uZQ==", "bGlzdA==", "other", "hbs.cm9vdA=="],
        administrator: (["admin": "is_admin"], "cm9vdA=="),
        signOut: "delete from _hb_pg_persist where data::text like '%1B4E%'",
        plain: (("Cookie", "SESSION_ID=q7+/oM1Ww1kWcVQ0nH3m0Qv6rYJmE2xk8hZb0Yt3c+Q="), ["--cookie", "SESSION_ID"]),
        printed: "freshet serve --cookie SESSION_ID"
    )

    /// hummingbird-fluent, whose data is bytes, with a session that is a struct.
    static let hummingbirdFluent = SessionPreset(
        name: "hummingbird",
        shape: "hummingbird-fluent",
        tables: """
            create table _hb_persist_ (id text primary key, data bytea not null, expires timestamptz);

            """,
        rows: """
            insert into _hb_persist_ values
              ('hbs.YWRh', convert_to('{"userID":"o''brien\\/\\"x\\" \u{e9}"}', 'UTF8'), now() + interval '1 hour'),
              ('hbs.bm9uZQ==', '{}', now() + interval '1 hour'), ('hbs.ZW1wdHk=', '', now() + interval '1 hour'),
              ('hbs.Ynl0ZXM=', '\\xff00', now() + interval '1 hour'), ('hbs.bnVsbA==', '{"userID":1}', null);
            """,
        variables: ["sessions": "_hb_persist_", "user": "{userID}"],
        relations: ["sessions": "_hb_persist_"],
        columns: ["sessions.id", "sessions.data", "sessions.expires"],
        credential: "YWRh",
        user: "o'brien/\"x\" \u{e9}",
        sessionID: "freshet.secret_id('hbs.YWRh')",
        refused: ["bm9uZQ==", "ZW1wdHk=", "Ynl0ZXM=", "bnVsbA=="],
        signOut: "delete from _hb_persist_ where id = 'hbs.YWRh'",
        printed: "SESSION_ID"
    )
}
