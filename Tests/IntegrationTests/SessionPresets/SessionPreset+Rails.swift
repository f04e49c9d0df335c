extension SessionPreset {
    /// What `bin/rails generate authentication` makes of Rails 8.
    static let rails = SessionPreset(
        name: "rails",
        shape: "",
        tables: """
            create table users (
              id bigserial primary key, email_address varchar not null unique, password_digest varchar not null,
              created_at timestamp(6) not null, updated_at timestamp(6) not null
            );
            create table sessions (
              id bigserial primary key, user_id bigint not null references users (id), ip_address varchar,
              user_agent varchar, created_at timestamp(6) not null, updated_at timestamp(6) not null
            );
            alter table users add admin boolean not null default false;

            """,
        rows: """
            insert into users values (7, 'a', '', now(), now(), false), (8, 'b', '', now(), now(), true);
            insert into sessions (id, user_id, created_at, updated_at) values
              (17, 7, now() at time zone 'UTC', now() at time zone 'UTC'),
              (18, 8, now() at time zone 'UTC', now() at time zone 'UTC'),
              -- A number that would be negative in four bytes.
              (4294967295, 7, now() at time zone 'UTC', now() at time zone 'UTC');
            """,
        relations: ["sessions": "sessions", "users": "users"],
        columns: ["sessions.id", "sessions.user_id"],
        credential: "17",
        user: "7",
        sessionID: "'17'",
        isVerified: true,
        hasExpiry: false,
        refused: [
            "16", "19", "017", "+17", "17.0", "1.7e1", " 17", "0x11", "-17", "１７", "1_7", "18446744073709551633",
        ],
        administrator: (["admin": "admin"], "18"),
        signOut: "delete from sessions where id = 17",
        printed: "freshet serve --token-format rails-signed --cookie session_id"
    )

    /// With ids that are UUIDs, and an end that the application keeps to.
    static let railsUUID = SessionPreset(
        name: "rails",
        shape: "uuid",
        tables: """
            create table sessions (
              id uuid primary key default gen_random_uuid(), user_id uuid not null,
              created_at timestamp(6) not null, updated_at timestamp(6) not null
            );

            """,
        rows: """
            insert into sessions values
              ('a0000000-0000-4000-8000-000000000001', '11111111-1111-4111-8111-111111111111',
                (now() at time zone 'UTC') - interval '29 days 23:59', now() at time zone 'UTC'),
              ('a0000000-0000-4000-8000-000000000002', '11111111-1111-4111-8111-111111111111',
                (now() at time zone 'UTC') - interval '30 days', now() at time zone 'UTC');
            """,
        variables: ["lifetime": "30 days"],
        relations: ["sessions": "sessions"],
        columns: ["sessions.id", "sessions.user_id", "sessions.created_at"],
        credential: "a0000000-0000-4000-8000-000000000001",
        user: "11111111-1111-4111-8111-111111111111",
        sessionID: "'a0000000-0000-4000-8000-000000000001'",
        isVerified: true,
        refused: [
            "a0000000-0000-4000-8000-000000000002", "a0000000000040008000000000000001",
            "{a0000000-0000-4000-8000-000000000001}",
        ],
        signOut: "delete from sessions where id = 'a0000000-0000-4000-8000-000000000001'",
        printed: "secret_key_base"
    )
}
