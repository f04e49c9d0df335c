extension SessionPreset {
    /// As Better Auth's own migrations make it, with its admin plugin.
    static let betterAuth = SessionPreset(
        name: "better-auth",
        shape: "admin plugin",
        tables: """
            create table "user" (
              "id" text not null primary key, "name" text not null, "email" text not null unique,
              "emailVerified" boolean not null, "image" text, "createdAt" timestamptz default current_timestamp not null,
              "updatedAt" timestamptz default current_timestamp not null, "role" text, "banned" boolean, "banReason" text,
              "banExpires" timestamptz
            );
            create table "session" (
              "id" text not null primary key, "expiresAt" timestamptz not null, "token" text not null unique,
              "createdAt" timestamptz default current_timestamp not null, "updatedAt" timestamptz not null,
              "ipAddress" text, "userAgent" text, "userId" text not null references "user" ("id") on delete cascade,
              "impersonatedBy" text
            );

            """,
        rows: """
            insert into "user" ("id", "name", "email", "emailVerified", "role", "banned", "banExpires") values
              ('u/1"''', 'Ada', '1', true, 'user', false, null), ('u2', 'Grace', '2', true, 'user,admin', null, null),
              ('u3', 'Mallory', '3', true, 'admin', true, null),
              ('u4', 'Oscar', '4', true, 'user', true, now() + interval '1 day'),
              ('u5', 'Peggy', '5', true, 'administrator', true, now() - interval '1 day');
            insert into "session" ("id", "expiresAt", "token", "updatedAt", "userId")
            select s.id, now() + s.left, s.token, now(), s."user" from (values
              ('s1', interval '7 days', 'AbCdEfGhIjKlMnOpQrStUvWxYz012345', 'u/1"'''),
              ('s2', '7 days', 'rootEfGhIjKlMnOpQrStUvWxYz012345', 'u2'),
              ('s3', '-1 second', 'pastEfGhIjKlMnOpQrStUvWxYz012345', 'u2'),
              ('s4', '7 days', 'bannedGhIjKlMnOpQrStUvWxYz012345', 'u3'),
              ('s5', '7 days', 'banned1dIjKlMnOpQrStUvWxYz012345', 'u4'),
              ('s6', '7 days', 'unbannedIjKlMnOpQrStUvWxYz012345', 'u5')
            ) as s(id, "left", token, "user");
            """,
        relations: ["sessions": "session", "users": "\"user\""],
        columns: ["sessions.id", "sessions.token", "sessions.\"userId\"", "sessions.\"expiresAt\""],
        credential: "AbCdEfGhIjKlMnOpQrStUvWxYz012345",
        user: #"u/1"'"#,
        sessionID: "'s1'",
        refused: [
            "pastEfGhIjKlMnOpQrStUvWxYz012345", "bannedGhIjKlMnOpQrStUvWxYz012345", "banned1dIjKlMnOpQrStUvWxYz012345",
            "s1",
            "AbCdEfGhIjKlMnOpQrStUvWxYz012345.OVpRClpfvN0ee+hx1C4lgPff4CWs+vGdrzGaB8xCjPA=",
        ],
        administrator: ([:], "rootEfGhIjKlMnOpQrStUvWxYz012345"),
        signOut: "delete from session where id = 's1'",
        printed: "freshet serve --token-format hmac-sha256 --cookie __Secure-better-auth.session_token"
    )

    /// By Drizzle as `@better-auth/cli generate` writes it: snake case, times without a zone, and no plugin.
    static let betterAuthDrizzle = SessionPreset(
        name: "better-auth",
        shape: "Drizzle",
        tables: """
            create table "user" (
              id text primary key, name text not null, email text not null unique, email_verified boolean not null,
              created_at timestamp default now() not null, updated_at timestamp default now() not null, boss boolean
            );
            create table session (
              id text primary key, expires_at timestamp not null, token text not null unique,
              created_at timestamp default now() not null, updated_at timestamp not null, ip_address text, user_agent text,
              user_id text not null references "user" (id) on delete cascade
            );

            """,
        rows: """
            insert into "user" (id, name, email, email_verified, boss) values ('1', '', '1', true, false), ('2', '', '2', true, true);
            insert into session (id, expires_at, token, updated_at, user_id)
            select s.id, (now() at time zone 'UTC') + s.left, s.token, now() at time zone 'UTC', s."user" from (values
              ('s1', interval '1 minute', 'ada', '1'), ('s2', '1 minute', 'root', '2'), ('s3', '-1 minute', 'past', '1')
            ) as s(id, "left", token, "user");
            """,
        relations: ["sessions": "session", "users": "\"user\""],
        columns: ["sessions.id", "sessions.token", "sessions.user_id", "sessions.expires_at"],
        credential: "ada",
        user: "1",
        sessionID: "'s1'",
        refused: ["past", "s1"],
        administrator: (["admin": "boss"], "root"),
        signOut: #"delete from "user" where id = '1'"#,
        printed: "BETTER_AUTH_SECRET"
    )

    /// By Drizzle with numbers for ids and the admin plugin, in tables of other names.
    static let betterAuthNumbers = SessionPreset(
        name: "better-auth",
        shape: "Drizzle, admin plugin",
        tables: """
            create table users (
              id serial primary key, role text default 'user', banned boolean default false, ban_reason text,
              ban_expires timestamp
            );
            create table sessions (
              id serial primary key, expires_at timestamp not null, token text not null unique,
              user_id integer not null references users (id) on delete cascade, impersonated_by text
            );

            """,
        rows: """
            insert into users (role, banned, ban_expires) values
              ('user', false, null), ('owner', null, null), ('user', true, (now() at time zone 'UTC') + interval '1 minute'),
              ('user', true, (now() at time zone 'UTC') - interval '1 minute');
            insert into sessions (expires_at, token, user_id)
            select (now() at time zone 'UTC') + interval '1 minute', 'token-' || u.id, u.id from users as u order by u.id;
            """,
        variables: ["sessions": "sessions", "users": "users"],
        relations: ["sessions": "sessions", "users": "users"],
        columns: ["sessions.id", "sessions.token", "sessions.user_id", "sessions.expires_at"],
        // A ban that is over.
        credential: "token-4",
        user: "4",
        sessionID: "'4'",
        refused: ["token-3"],
        administrator: (["roles": "admin,owner"], "token-2"),
        signOut: "update users set ban_expires = null where id = 4; delete from sessions where id = 4",
        printed: "better-auth.session_token"
    )
}
