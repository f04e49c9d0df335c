/// The application's tables, and how they are watched: each way that CONTRACT.md §3 offers.
enum Schema {
    static let sql = """
        create role svc login;
        grant freshet_service to svc;
        create role forger login;
        create role app login;
        -- To see when the checkpointer began: see Incarnation.
        grant pg_read_all_stats to app;

        -- Which attempts have committed: what is in here was decided by the same commit as all else.
        create table ledger (attempt bigint primary key);

        create table note (id bigint primary key, writer integer not null, user_id integer, body text);
        create index on note (writer);
        select freshet.watch('note', '{notes,note/:id}', '{user/:user_id}');

        create table board (id integer primary key, team integer, n bigint not null, title text);
        insert into board select b, b % 2 + 1, 0 from generate_series(1, \(World.boards)) as b;
        select freshet.watch('board', '{board/:id}', '{team/:team}', '{n}');

        create table item (id bigint primary key, note_id bigint not null, writer integer not null, qty integer);
        select freshet.watch_query('item', $$
          select 'user/' || n.user_id, array['items', 'item/' || c.id] from changed c join note n on n.id = c.note_id
        $$);

        create table reading (id bigint, writer integer not null, user_id integer, v integer not null default 0)
          partition by list (user_id);
        create table reading_odd partition of reading for values in (1, 3, 5, 7);
        create table reading_even partition of reading for values in (2, 4, 6, 8);
        select freshet.watch('reading', '{readings,reading/:id}', '{user/:user_id}');

        create table scrap (id bigint primary key, user_id integer);
        select freshet.watch('scrap', '{scraps,scrap/:id}', '{user/:user_id}');

        grant select, insert, update, delete, truncate on
          ledger, note, board, item, reading, reading_odd, reading_even, scrap to app;

        -- An operator's own function, whose answer takes its time now and then: streams are held meanwhile.
        create or replace function freshet.authenticate(credential text)
        returns table (user_id text, session_id text, expires_at timestamptz, is_admin boolean, scopes text[])
        language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
        as $$
        begin
          if random() < 0.1 then perform pg_sleep(random() * 0.4); end if;
          return query
            select s.user_id, s.id::text, s.expires_at, s.is_admin, s.scopes
            from freshet.session as s
            where s.token_sha256 = freshet.token_hash(credential) and s.expires_at > now();
        end
        $$;
        """
}
