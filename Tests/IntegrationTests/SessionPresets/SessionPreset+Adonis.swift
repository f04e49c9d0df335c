extension SessionPreset {
    /// The data is what `MessageBuilder` of @poppinss/utils makes: the values, and the session's id for their purpose.
    static let adonis = SessionPreset(
        name: "adonis",
        shape: "",
        tables: """
            create table users (id serial primary key, is_admin boolean);
            create table sessions (
              id varchar(255) primary key, data text not null, user_id varchar(255), expires_at timestamptz not null
            );
            create index on sessions (user_id);
            create index on sessions (expires_at);

            """,
        rows: """
            insert into users (is_admin) values (false), (true);
            insert into sessions
            select s.id, s.data, s.tag, now() + s.left from (values
              ('cm4x1adaadaadaadaadaada1', '{"message":{"auth_web":1},"purpose":"cm4x1adaadaadaadaadaada1"}', null, interval '2 hours'),
              ('cm4x1rootrootrootrootroo', '{"message":{"auth_web":2},"purpose":"cm4x1rootrootrootrootroo"}', '2', '2 hours'),
              ('cm4x1pastpastpastpastpas', '{"message":{"auth_web":1},"purpose":"cm4x1pastpastpastpastpas"}', '1', '-1 second'),
              -- Signed out, with the tag that it had.
              ('cm4x1outoutoutoutoutouto', '{"message":{"locale":"de"},"purpose":"cm4x1outoutoutoutoutouto"}', '1', '2 hours'),
              ('cm4x1api00000000api00000', '{"message":{"auth_api":1},"purpose":"cm4x1api00000000api00000"}', '1', '2 hours'),
              ('cm4x1copycopycopycopycop', '{"message":{"auth_web":1},"purpose":"cm4x1adaadaadaadaadaada1"}', '1', '2 hours'),
              ('cm4x1junkjunkjunkjunkjun', '{"message"', '1', '2 hours')
            ) as s(id, data, tag, "left");
            """,
        relations: ["sessions": "sessions", "users": "users"],
        columns: ["sessions.id", "sessions.data", "sessions.expires_at"],
        credential: "cm4x1adaadaadaadaadaada1",
        user: "1",
        sessionID: "freshet.secret_id('cm4x1adaadaadaadaadaada1')",
        refused: [
            "cm4x1pastpastpastpastpas", "cm4x1outoutoutoutoutouto", "cm4x1api00000000api00000",
            "cm4x1copycopycopycopycop",
            "cm4x1junkjunkjunkjunkjun",
        ],
        administrator: (["admin": "is_admin"], "cm4x1rootrootrootrootroo"),
        signOut: """
            update sessions set data = '{"message":{"locale":"de"},"purpose":"cm4x1adaadaadaadaadaada1"}' where id like '%ada1'
            """,
        printed: "freshet serve --token-format adonis-signed --cookie adonis-session"
    )
}
