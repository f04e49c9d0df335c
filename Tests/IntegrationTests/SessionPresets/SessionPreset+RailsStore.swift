extension SessionPreset {
    private static let railsStoreColumns = ["sessions.id", "sessions.session_id", "sessions.data"]

    /// activerecord-session_store with the serializer `:json` in its generator's column, and Devise.
    static let railsStore = SessionPreset(
        name: "rails-ar",
        shape: "text, Devise",
        tables: """
            create table users (
              id bigserial primary key, email varchar not null default '', encrypted_password varchar not null default '',
              admin boolean not null default false
            );
            create table sessions (
              id bigserial primary key, session_id varchar not null, data text,
              created_at timestamp(6) not null, updated_at timestamp(6) not null
            );
            create unique index on sessions (session_id);

            """,
        rows: """
            insert into users (encrypted_password, admin) values
              ('$2a$12$K0ByB.6YI2/OYrB4fQOYLe6Tv0datUVf6VZ/2Jzwm879BW5K1cHey', false),
              ('$2a$12$R0OtR.6YI2/OYrB4fQOYLe6Tv0datUVf6VZ/2Jzwm879BW5K1cHey', true);
            insert into sessions (session_id, data, created_at, updated_at)
            select case when s.cookie like '%::%' or s.cookie like 'e%' then s.cookie
                     else '2::' || encode(sha256(convert_to(s.cookie, 'UTF8')), 'hex') end,
                   s.data, now() at time zone 'UTC', (now() at time zone 'UTC') + s.used
            from (values
              ('a1b2c3d4e5f60718293a4b5c6d7e8f90',
                '{"warden.user.user.key":[[1],"$2a$12$K0ByB.6YI2/OYrB4fQOYLe"],"_csrf_token":"x\\u0000y"}', interval '0'),
              ('b0000000000000000000000000000000', '{"warden.user.user.key":[[2],"$2a$12$R0OtR.6YI2/OYrB4fQOYLe"]}', '0'),
              -- Not used for a month; not signed in; with the salt of an older password; of nobody; in Ruby's own form.
              ('c0000000000000000000000000000001', '{"warden.user.user.key":[[1],"$2a$12$K0ByB.6YI2/OYrB4fQOYLe"]}', '-30 days'),
              ('c0000000000000000000000000000002', '{"_csrf_token":"abc"}', '0'),
              ('c0000000000000000000000000000003', '{"warden.user.user.key":[[1],"$2a$12$OlderOlderOlderOlderOl"]}', '0'),
              ('c0000000000000000000000000000004', '{"warden.user.user.key":[[99],"$2a$12$K0ByB.6YI2/OYrB4fQOYLe"]}', '0'),
              ('c0000000000000000000000000000005', 'BAh7BkkiCmZsYXNoBjoGRVR7AA==', '0'),
              ('c0000000000000000000000000000006', '{"warden.user.user.key":[[{"id":1}],"$2a$12$K0ByB.6YI2/OYrB4fQOYLe"]}', '0'),
              ('c0000000000000000000000000000007', null, '0'),
              -- As version 1 stored it, which version 2 makes safe when it is next used.
              ('e0000000000000000000000000000008', '{"warden.user.user.key":[[1],"$2a$12$K0ByB.6YI2/OYrB4fQOYLe"]}', '0')
            ) as s(cookie, data, used);
            """,
        relations: ["sessions": "sessions", "users": "users"],
        columns: railsStoreColumns,
        credential: "a1b2c3d4e5f60718293a4b5c6d7e8f90",
        user: "1",
        sessionID: "'1'",
        refused: (1...8).map { "c000000000000000000000000000000\($0)" } + [
            "e0000000000000000000000000000008",
            // SHA-256 of the cookie, by Python.
            "2::e5fbb69f8ba09b9ae7fa7a6a0f36cf32dc7ac1d53ff5c0c7a90ed7ef9f7d8b50",
        ],
        administrator: (["admin": "admin"], "b0000000000000000000000000000000"),
        signOut: "delete from sessions where id = 1",
        plain: (("Cookie", "_myapp_session=a1b2c3d4e5f60718293a4b5c6d7e8f90"), ["--cookie", "_myapp_session"]),
        printed: "freshet serve --cookie _myapp_session"
    )

    /// With the serializer `:null` in a column of jsonb, and an id that the application put in by itself.
    static let railsStoreJSONB = SessionPreset(
        name: "rails-ar",
        shape: "jsonb",
        tables: """
            create table accounts (id uuid primary key, staff boolean);
            create table sessions (
              id bigserial primary key, session_id varchar not null unique, data jsonb,
              created_at timestamp(6) not null, updated_at timestamp(6) not null
            );

            """,
        rows: """
            insert into accounts values ('11111111-1111-4111-8111-111111111111', null), ('22222222-2222-4222-8222-222222222222', true);
            insert into sessions (session_id, data, created_at, updated_at)
            select '2::' || encode(sha256(convert_to(s.cookie, 'UTF8')), 'hex'), s.data::jsonb, now() at time zone 'UTC',
                   now() at time zone 'UTC'
            from (values
              ('ada', '{"user_id": "11111111-1111-4111-8111-111111111111"}'),
              ('root', '{"user_id": "22222222-2222-4222-8222-222222222222"}'),
              ('none', '{"user_id": null}'), ('list', '[1]'), ('number', '7'), ('object', '{"user_id": {"a": 1}}')
            ) as s(cookie, data);
            """,
        variables: ["user": "{user_id}", "users": "accounts"],
        relations: ["sessions": "sessions", "users": "accounts"],
        columns: railsStoreColumns,
        credential: "ada",
        user: "11111111-1111-4111-8111-111111111111",
        sessionID: "'1'",
        refused: ["none", "list", "number", "object"],
        administrator: (["admin": "staff"], "root"),
        signOut: "delete from sessions where id = 1",
        printed: "_myapp_session"
    )

    /// With the serializer `:json` in a column of json, which then holds JSON in a string of JSON.
    static let railsStoreWrapped = SessionPreset(
        name: "rails-ar",
        shape: "json in json",
        tables: """
            create table sessions (
              id bigserial primary key, session_id varchar not null unique, data json,
              created_at timestamp(6) not null, updated_at timestamp(6) not null
            );

            """,
        rows: """
            insert into sessions (session_id, data, created_at, updated_at)
            select '2::' || encode(sha256(convert_to(s.cookie, 'UTF8')), 'hex'), s.data, now() at time zone 'UTC',
                   now() at time zone 'UTC'
            from (values
              ('ada', to_json('{"user_id":"o''brien/\\"x\\""}'::text)), ('grace', '{"user_id":2}'::json)
            ) as s(cookie, data);
            """,
        variables: ["user": "{user_id}"],
        relations: ["sessions": "sessions"],
        columns: railsStoreColumns,
        credential: "ada",
        user: #"o'brien/"x""#,
        sessionID: "'1'",
        refused: [],
        signOut: "update sessions set data = to_json('{}'::text) where id = 1",
        printed: "_myapp_session"
    )
}
