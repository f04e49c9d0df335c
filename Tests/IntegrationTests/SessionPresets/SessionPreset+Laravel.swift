extension SessionPreset {
    static let laravel = SessionPreset(
        name: "laravel",
        shape: "",
        tables: """
            create table users (id bigserial primary key, name varchar(255) not null, is_admin boolean not null default false);
            create table sessions (
              id varchar(255) primary key, user_id bigint, ip_address varchar(45), user_agent text, payload text not null,
              last_activity integer not null
            );
            create index on sessions (user_id);
            create index on sessions (last_activity);

            """,
        rows: """
            insert into users (name, is_admin) values ('Ada', false), ('Grace', true);
            insert into sessions (id, user_id, payload, last_activity)
            select s.id, s."user", 'YToxOnt9', extract(epoch from now())::integer - s.ago from (values
              ('pQ7xk2Lm9ZaB4cD6eF8gH1iJ3kL5mN7oP9qR1sT3', 1, 7140), ('rootk2Lm9ZaB4cD6eF8gH1iJ3kL5mN7oP9qR1sT3', 2, 0),
              ('pastk2Lm9ZaB4cD6eF8gH1iJ3kL5mN7oP9qR1sT3', 1, 7201), ('nonek2Lm9ZaB4cD6eF8gH1iJ3kL5mN7oP9qR1sT3', null, 0)
            ) as s(id, "user", ago);
            """,
        relations: ["sessions": "sessions", "users": "users"],
        columns: ["sessions.id", "sessions.user_id", "sessions.last_activity"],
        credential: "pQ7xk2Lm9ZaB4cD6eF8gH1iJ3kL5mN7oP9qR1sT3",
        user: "1",
        sessionID: "freshet.secret_id('pQ7xk2Lm9ZaB4cD6eF8gH1iJ3kL5mN7oP9qR1sT3')",
        refused: [
            "pastk2Lm9ZaB4cD6eF8gH1iJ3kL5mN7oP9qR1sT3", "nonek2Lm9ZaB4cD6eF8gH1iJ3kL5mN7oP9qR1sT3",
            "PQ7XK2LM9ZAB4CD6EF8GH1IJ3KL5MN7OP9QR1ST3",
        ],
        administrator: (["admin": "is_admin"], "rootk2Lm9ZaB4cD6eF8gH1iJ3kL5mN7oP9qR1sT3"),
        signOut: "delete from sessions where user_id = 1",
        printed: "freshet serve --token-format laravel --cookie laravel_session"
    )
}
