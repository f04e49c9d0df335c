extension SessionPreset {
    private static let phoenixToken = "00ff10203040506070809000a0b0c0d0e0f0112233445566778899aabbccddee"

    /// What `mix phx.gen.auth` makes of Phoenix 1.8.
    static let phoenix = SessionPreset(
        name: "phoenix",
        shape: "",
        tables: """
            create extension if not exists citext;
            create table users (
              id bigserial primary key, email citext not null, hashed_password varchar(255), confirmed_at timestamp(0),
              inserted_at timestamp(0) not null, updated_at timestamp(0) not null, admin boolean not null default false
            );
            create table users_tokens (
              id bigserial primary key, user_id bigint not null references users (id) on delete cascade, token bytea not null,
              context varchar(255) not null, sent_to varchar(255), authenticated_at timestamp(0),
              inserted_at timestamp(0) not null
            );
            create index on users_tokens (user_id);
            create unique index on users_tokens (context, token);

            """,
        rows: """
            insert into users (email, inserted_at, updated_at, admin) values ('a', now(), now(), false), ('b', now(), now(), true);
            insert into users_tokens (user_id, token, context, inserted_at)
            select s."user", decode(s.token, 'hex'), s.context, (now() at time zone 'UTC') - s.ago from (values
              (1, '\(phoenixToken)', 'session', interval '13 days 23:59'),
              (2, repeat('22', 32), 'session', '0'), (1, repeat('33', 32), 'session', '14 days 00:00:01'),
              (1, repeat('44', 32), 'login', '0'), (1, repeat('55', 32), 'change:a', '0')
            ) as s("user", token, context, ago);
            """,
        relations: ["sessions": "users_tokens", "users": "users"],
        columns: [
            "sessions.id", "sessions.user_id", "sessions.token", "sessions.context", "sessions.inserted_at",
        ],
        credential: phoenixToken,
        user: "1",
        sessionID: "'1'",
        refused: [
            String(repeating: "33", count: 32), String(repeating: "44", count: 32), String(repeating: "55", count: 32),
            phoenixToken.uppercased(), "\\x" + phoenixToken, "0" + phoenixToken, phoenixToken + "00",
        ],
        administrator: (["admin": "admin"], String(repeating: "22", count: 32)),
        signOut: "delete from users_tokens where id = 1",
        printed: "freshet serve --token-format plug-signed --cookie _my_app_key"
    )
}
