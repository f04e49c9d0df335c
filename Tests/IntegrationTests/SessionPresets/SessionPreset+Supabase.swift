extension SessionPreset {
    static let supabase = SessionPreset(
        name: "supabase",
        shape: "",
        tables: """
            create schema auth;
            create table auth.users (
              instance_id uuid, id uuid primary key, aud varchar(255), role varchar(255), email varchar(255),
              encrypted_password varchar(255), raw_app_meta_data jsonb, raw_user_meta_data jsonb, is_super_admin boolean,
              created_at timestamptz, updated_at timestamptz, banned_until timestamptz, deleted_at timestamptz
            );
            create type auth.aal_level as enum ('aal1', 'aal2', 'aal3');
            create table auth.sessions (
              id uuid primary key, user_id uuid not null references auth.users (id) on delete cascade,
              created_at timestamptz, updated_at timestamptz, factor_id uuid, aal auth.aal_level, not_after timestamptz,
              refreshed_at timestamp, user_agent text, ip inet, tag text
            );

            alter table auth.users enable row level security;
            alter table auth.sessions enable row level security;

            """,
        rows: """
            insert into auth.users (id, role, raw_app_meta_data, raw_user_meta_data, banned_until, deleted_at)
            select format('%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s-0000-4000-8000-000000000000', s.n)::uuid, 'authenticated',
                   s.app::jsonb, s.own::jsonb, now() + s.banned, s.deleted
            from (values
              (1, '{"provider": "email"}', '{"role": "admin"}', interval '-1 hour', null::timestamptz),
              (2, '{"role": "admin"}', '{}', null, null), (3, '{}', '{}', '1 hour', null), (4, '{}', '{}', null, now())
            ) as s(n, app, own, banned, deleted);
            insert into auth.sessions (id, user_id, created_at, not_after)
            select format('%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s-1111-4111-8111-111111111111', s.n)::uuid,
                   format('%1$s%1$s%1$s%1$s%1$s%1$s%1$s%1$s-0000-4000-8000-000000000000', s."user")::uuid, now(), now() + s.left
            from (values (1, 1, null::interval), (2, 2, '1 hour'), (3, 3, null), (4, 4, null), (5, 1, '-1 second')) as s(n, "user", "left");
            """,
        relations: ["sessions": "auth.sessions", "users": "auth.users"],
        columns: ["sessions.id", "sessions.user_id"],
        credential: "11111111-1111-4111-8111-111111111111",
        user: "11111111-0000-4000-8000-000000000000",
        sessionID: "'11111111-1111-4111-8111-111111111111'",
        isVerified: true,
        hasExpiry: false,
        refused: [3, 4, 5].map { String(repeating: "\($0)", count: 8) + "-1111-4111-8111-111111111111" } + [
            "11111111-0000-4000-8000-000000000000"
        ],
        administrator: (["role": "admin"], "22222222-1111-4111-8111-111111111111"),
        signOut: "delete from auth.sessions where id = '11111111-1111-4111-8111-111111111111'",
        printed: "freshet serve --token-format jwt"
    )
}
