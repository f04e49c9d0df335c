extension SessionPreset {
    /// `@auth/pg-adapter`, whose schema.sql this is.
    static let authjs = SessionPreset(
        name: "authjs",
        shape: "pg",
        tables: """
            create table users (
              id serial primary key, name varchar(255), email varchar(255) unique, "emailVerified" timestamptz, image text
            );
            create table sessions (
              id serial primary key, "userId" integer not null references users on delete cascade,
              expires timestamptz not null, "sessionToken" varchar(255) unique not null
            );
            alter table users add is_admin boolean;

            """,
        rows: """
            insert into users (name, is_admin) values ('Ada', null), ('Grace', true);
            insert into sessions ("userId", expires, "sessionToken") values
              (1, now() + interval '30 days', '2f6a2c1e-6f0b-4a53-9a39-2d1f0a8f7c11'),
              (2, now() + interval '30 days', '7b0d2c6e-5a52-4f3c-8a55-90c1de9d8e22'),
              (1, now() - interval '1 minute', 'c0ffee00-0000-4000-8000-000000000033');
            """,
        relations: ["sessions": "sessions", "users": "users"],
        columns: ["sessions.\"sessionToken\"", "sessions.\"userId\"", "sessions.expires"],
        credential: "2f6a2c1e-6f0b-4a53-9a39-2d1f0a8f7c11",
        user: "1",
        sessionID: "'1'",
        refused: ["c0ffee00-0000-4000-8000-000000000033", "1"],
        administrator: (["admin": "is_admin"], "7b0d2c6e-5a52-4f3c-8a55-90c1de9d8e22"),
        signOut: "delete from sessions where id = 1",
        plain: (
            ("Cookie", "__Secure-authjs.session-token=2f6a2c1e-6f0b-4a53-9a39-2d1f0a8f7c11"),
            ["--cookie", "__Secure-authjs.session-token", "--cookie", "authjs.session-token"]
        ),
        printed: "freshet serve --cookie __Secure-authjs.session-token --cookie authjs.session-token"
    )

    /// `@auth/drizzle-adapter`: no id beside the token, and times without a zone.
    static let authjsDrizzle = SessionPreset(
        name: "authjs",
        shape: "Drizzle",
        tables: """
            create table "user" (
              id text primary key, name text, email text unique, "emailVerified" timestamp, image text, "isAdmin" boolean
            );
            create table session (
              "sessionToken" text primary key, "userId" text not null references "user" (id) on delete cascade,
              expires timestamp not null
            );

            """,
        rows: """
            insert into "user" (id, "isAdmin") values ('o''brien/"x" %41', false), ('root', true);
            insert into session values
              ('6a1f0f0a-3f4c-4a86-8b6e-2f1f5e0d1a01', 'o''brien/"x" %41', (now() at time zone 'UTC') + interval '1 minute'),
              ('b2a9c1de-77aa-4c9b-93a0-8f0e6d5c4b02', 'root', (now() at time zone 'UTC') + interval '1 minute'),
              ('0e0e0e0e-0000-4000-8000-000000000003', 'root', (now() at time zone 'UTC') - interval '1 minute');
            """,
        variables: ["sessions": "session", "users": "user"],
        relations: ["sessions": "session", "users": "\"user\""],
        columns: ["sessions.\"sessionToken\"", "sessions.\"userId\"", "sessions.expires"],
        credential: "6a1f0f0a-3f4c-4a86-8b6e-2f1f5e0d1a01",
        user: #"o'brien/"x" %41"#,
        sessionID: "freshet.secret_id('6a1f0f0a-3f4c-4a86-8b6e-2f1f5e0d1a01')",
        refused: [
            "0e0e0e0e-0000-4000-8000-000000000003",
            // What a notification shows of it.
            "0deb4f0bea4d4ee9e7b0f1b8cfbd4fa6a3b0d5a0f5a7c8a38f5a4c4c4a3dd54b",
        ],
        administrator: (["admin": "isAdmin"], "b2a9c1de-77aa-4c9b-93a0-8f0e6d5c4b02"),
        signOut: #"delete from session where "userId" <> 'root'"#,
        plain: (
            ("Cookie", "authjs.session-token=6a1f0f0a-3f4c-4a86-8b6e-2f1f5e0d1a01"),
            ["--cookie", "__Secure-authjs.session-token", "--cookie", "authjs.session-token"]
        ),
        printed: "freshet serve --cookie __Secure-authjs.session-token --cookie authjs.session-token"
    )

    /// `@auth/prisma-adapter`, and NextAuth 4 with Prisma.
    static let authjsPrisma = SessionPreset(
        name: "authjs",
        shape: "Prisma",
        tables: """
            create table "User" (id text primary key, name text, email text unique, "emailVerified" timestamp(3));
            create table "Session" (
              id text primary key, "sessionToken" text not null unique,
              "userId" text not null references "User" (id) on delete cascade, expires timestamp(3) not null
            );

            """,
        rows: """
            insert into "User" (id) values ('clx1');
            insert into "Session" values
              ('s1', 'token-1', 'clx1', (now() at time zone 'UTC') + interval '1 minute'),
              ('s2', 'token-2', 'clx1', (now() at time zone 'UTC') - interval '1 minute');
            """,
        variables: ["sessions": "Session", "users": "User"],
        relations: ["sessions": "\"Session\"", "users": "\"User\""],
        columns: ["sessions.\"sessionToken\"", "sessions.\"userId\"", "sessions.expires"],
        credential: "token-1",
        user: "clx1",
        sessionID: "'s1'",
        refused: ["token-2", "s1"],
        // Deleted with its user.
        signOut: #"delete from "User""#,
        printed: "__Secure-next-auth.session-token"
    )

    /// With columns that were mapped to names of SQL's own style.
    static let authjsMapped = SessionPreset(
        name: "authjs",
        shape: "snake case",
        tables: """
            create table users (id uuid primary key, is_admin boolean not null default false);
            create table sessions (
              id uuid primary key default gen_random_uuid(), session_token uuid not null unique,
              -- Of another type than the key that it means.
              user_id text not null, expires_at timestamptz not null
            );

            """,
        rows: """
            insert into users values
              ('11111111-1111-4111-8111-111111111111', false), ('22222222-2222-4222-8222-222222222222', true);
            insert into sessions values
              ('a0000000-0000-4000-8000-000000000001', '2f6a2c1e-6f0b-4a53-9a39-2d1f0a8f7c11',
                '11111111-1111-4111-8111-111111111111', now() + interval '1 hour'),
              ('a0000000-0000-4000-8000-000000000002', '7b0d2c6e-5a52-4f3c-8a55-90c1de9d8e22',
                '22222222-2222-4222-8222-222222222222', now() + interval '1 hour');
            """,
        relations: ["sessions": "sessions", "users": "users"],
        columns: ["sessions.session_token", "sessions.user_id", "sessions.expires_at"],
        credential: "2f6a2c1e-6f0b-4a53-9a39-2d1f0a8f7c11",
        user: "11111111-1111-4111-8111-111111111111",
        sessionID: "'a0000000-0000-4000-8000-000000000001'",
        refused: ["a0000000-0000-4000-8000-000000000001"],
        administrator: (["admin": "is_admin"], "7b0d2c6e-5a52-4f3c-8a55-90c1de9d8e22"),
        signOut: "update sessions set expires_at = now() where user_id like '1%'",
        printed: "authjs.session-token"
    )
}
