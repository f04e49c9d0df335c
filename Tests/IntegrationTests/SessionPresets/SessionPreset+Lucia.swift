extension SessionPreset {
    /// Lucia 3: the row's id is the cookie.
    static let luciaPlain = SessionPreset(
        name: "lucia",
        shape: "plain",
        tables: """
            create table auth_user (id text primary key);
            create table user_session (
              id text primary key, expires_at timestamptz not null, user_id text not null references auth_user (id)
            );
            alter table auth_user add admin boolean not null default false;

            """,
        rows: """
            insert into auth_user values ('u/1''"', false), ('u2', true);
            insert into user_session values
              ('k3v7zq2mns5dyxw4b6tjhr2pafe3glcu7iqo5nwd', now() + interval '30 days', 'u/1''"'),
              ('zzzzzq2mns5dyxw4b6tjhr2pafe3glcu7iqo5nwd', now() + interval '30 days', 'u2'),
              ('aaaaaq2mns5dyxw4b6tjhr2pafe3glcu7iqo5nwd', now() - interval '1 second', 'u2');
            """,
        variables: ["token": "plain"],
        relations: ["sessions": "user_session", "users": "auth_user"],
        columns: ["sessions.id", "sessions.user_id", "sessions.expires_at"],
        credential: "k3v7zq2mns5dyxw4b6tjhr2pafe3glcu7iqo5nwd",
        user: #"u/1'""#,
        sessionID: "freshet.secret_id('k3v7zq2mns5dyxw4b6tjhr2pafe3glcu7iqo5nwd')",
        refused: ["aaaaaq2mns5dyxw4b6tjhr2pafe3glcu7iqo5nwd"],
        administrator: (["admin": "admin"], "zzzzzq2mns5dyxw4b6tjhr2pafe3glcu7iqo5nwd"),
        signOut: "delete from user_session where id like 'k3v7%'",
        plain: (
            ("Cookie", "auth_session=k3v7zq2mns5dyxw4b6tjhr2pafe3glcu7iqo5nwd"), ["--cookie", "auth_session"]
        ),
        printed: "freshet serve --cookie session"
    )

    /// The guide of 2024. Its vector was made by Node: SHA-256 of `abc123`.
    static let luciaHashed = SessionPreset(
        name: "lucia",
        shape: "hashed",
        tables: """
            create table auth_user (id serial primary key, admin boolean not null default false);
            create table user_session (
              id text primary key, user_id integer not null references auth_user (id), expires_at timestamptz not null
            );

            """,
        rows: """
            insert into auth_user (admin) values (false), (true);
            insert into user_session values
              ('6ca13d52ca70c883e0f0bb101e425a89e8624de51db2d2392593af6a84118090', 1, now() + interval '30 days'),
              (encode(sha256('root'), 'hex'), 2, now() + interval '30 days'),
              (encode(sha256('past'), 'hex'), 2, now() - interval '1 second');
            """,
        relations: ["sessions": "user_session", "users": "auth_user"],
        columns: ["sessions.id", "sessions.user_id", "sessions.expires_at"],
        credential: "abc123",
        user: "1",
        sessionID: "'6ca13d52ca70c883e0f0bb101e425a89e8624de51db2d2392593af6a84118090'",
        refused: ["past", "6ca13d52ca70c883e0f0bb101e425a89e8624de51db2d2392593af6a84118090"],
        administrator: (["admin": "admin"], "root"),
        signOut: "delete from user_session where user_id = 1",
        plain: (("Cookie", "session=abc123"), ["--cookie", "session"]),
        printed: "freshet serve --cookie session"
    )

    /// The guide of 2025: an id and a secret, and an end that only the application knows.
    static let luciaSplit = SessionPreset(
        name: "lucia",
        shape: "split",
        tables: """
            create table auth_user (id bigint primary key, admin boolean);
            create table session (
              id text primary key, secret_hash bytea not null, created_at bigint not null, user_id bigint
            );

            """,
        rows: """
            insert into auth_user values (1, null), (2, true);
            insert into session values
              ('abcdefghijkmnpqrstuvwxyz', sha256('23456789abcdefghijkmnpqr'), extract(epoch from now())::bigint, 1),
              ('root', sha256('secret'), extract(epoch from now())::bigint - 86300, 2),
              ('past', sha256('secret'), extract(epoch from now())::bigint - 86401, 2),
              ('none', sha256('secret'), extract(epoch from now())::bigint, null);
            """,
        variables: ["token": "split"],
        relations: ["sessions": "session", "users": "auth_user"],
        columns: ["sessions.id", "sessions.user_id", "sessions.secret_hash", "sessions.created_at"],
        credential: "abcdefghijkmnpqrstuvwxyz.23456789abcdefghijkmnpqr",
        user: "1",
        sessionID: "'abcdefghijkmnpqrstuvwxyz'",
        refused: [
            "past.secret", "none.secret", "root.23456789abcdefghijkmnpqr", "root", "root.", ".secret", "root.secret.",
            "root..secret", "root.secret.secret", "abcdefghijkmnpqrstuvwxyz",
        ],
        administrator: (["admin": "admin"], "root.secret"),
        signOut: "delete from session where user_id = 1",
        plain: (
            ("Cookie", "session_token=abcdefghijkmnpqrstuvwxyz.23456789abcdefghijkmnpqr"),
            ["--cookie", "session_token"]
        ),
        printed: "session_token"
    )
}
