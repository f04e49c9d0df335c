extension SessionPreset {
    static let kratos = SessionPreset(
        name: "kratos",
        shape: "",
        tables: """
            create table identities (
              id uuid primary key, schema_id varchar(2048) not null, traits jsonb not null, created_at timestamp not null,
              updated_at timestamp not null, nid uuid, state varchar(255) not null default 'active'
            );
            create table sessions (
              id uuid primary key, issued_at timestamp not null default current_timestamp, expires_at timestamp not null,
              authenticated_at timestamp not null, identity_id uuid not null references identities (id) on delete cascade,
              created_at timestamp not null, updated_at timestamp not null, token varchar(39), active boolean default false,
              nid uuid, aal varchar(4) not null default ''
            );
            create unique index sessions_token_uq_idx on sessions (token);

            """,
        rows: """
            insert into identities (id, schema_id, traits, created_at, updated_at, state) values
              ('11111111-1111-4111-8111-111111111111', 'default', '{}', now(), now(), 'active'),
              ('22222222-2222-4222-8222-222222222222', 'default', '{}', now(), now(), 'inactive');
            insert into sessions (id, expires_at, authenticated_at, identity_id, created_at, updated_at, token, active)
            select s.id::uuid, (now() at time zone 'UTC') + s.left, now() at time zone 'UTC', s.identity::uuid,
                   now() at time zone 'UTC', now() at time zone 'UTC', s.token, s.active
            from (values
              ('a0000000-0000-4000-8000-000000000001', interval '1 minute', '11111111-1111-4111-8111-111111111111',
                'ory_st_Vq3yTkT0aZ8bC9dE1fG2hI3jK4lM5nO6', true),
              ('a0000000-0000-4000-8000-000000000002', '-1 minute', '11111111-1111-4111-8111-111111111111', 'ory_st_past', true),
              ('a0000000-0000-4000-8000-000000000003', '1 minute', '11111111-1111-4111-8111-111111111111', 'ory_st_out', false),
              ('a0000000-0000-4000-8000-000000000004', '1 minute', '22222222-2222-4222-8222-222222222222', 'ory_st_barred', true),
              ('a0000000-0000-4000-8000-000000000005', '1 minute', '11111111-1111-4111-8111-111111111111', null, true)
            ) as s(id, "left", identity, token, active);
            """,
        relations: ["sessions": "sessions", "users": "identities"],
        columns: [
            "sessions.id", "sessions.token", "sessions.identity_id", "sessions.active", "sessions.expires_at",
            "users.state",
        ],
        credential: "ory_st_Vq3yTkT0aZ8bC9dE1fG2hI3jK4lM5nO6",
        user: "11111111-1111-4111-8111-111111111111",
        sessionID: "'a0000000-0000-4000-8000-000000000001'",
        refused: ["ory_st_past", "ory_st_out", "ory_st_barred", "a0000000-0000-4000-8000-000000000001"],
        signOut: "update sessions set active = false where token like 'ory_st_V%'",
        plain: (("Authorization", "Bearer ory_st_Vq3yTkT0aZ8bC9dE1fG2hI3jK4lM5nO6"), []),
        printed: "Authorization: Bearer"
    )
}
