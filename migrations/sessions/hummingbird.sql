-- The sessions of Hummingbird 2 (HummingbirdAuth), kept by the persist driver of hummingbird-postgres or of
-- hummingbird-fluent.
--
--   psql "$DATABASE_URL" -f migrations/sessions/hummingbird.sql
--
-- -v schema=public
-- -v sessions=_hb_pg_persist  of hummingbird-fluent: _hb_persist_
-- -v user='{}'                where in the session the user's id is: {} where the session is the id and nothing else,
--                             {userID} where it is a struct that has it so
-- -v users=users              needed with admin alone
-- -v admin=                   a boolean column of the users that says who is an administrator; nobody without
-- -v zone=UTC                 what a timestamp without a time zone is in
-- -v watch=on                 off: makes no triggers, and a sign-out is noticed within --recheck
--
-- The table holds what else the application persists: every change of it is told to the service, which looks whether it
-- was a session's.

\set ON_ERROR_STOP on
\if :{?sessions}
\else
\set sessions _hb_pg_persist
\endif
\if :{?user}
\else
\set user '{}'
\endif
\if :{?users}
\else
\set users users
\endif
\ir begin.psql
\ir json.psql

create function freshet.preset(
  schema text, sessions text, "user" text, users text, admin text, zone text, watch boolean
) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $preset$
declare
  session constant regclass := freshet.preset_table('sessions', schema, sessions);
  id constant text := freshet.preset_column(session, 'sessions', 'id');
  data constant text := freshet.preset_column(session, 'sessions', 'data');
  expires constant text := freshet.preset_column(session, 'sessions', 'expires');
  account constant regclass := freshet.preset_users(schema, users, admin);
begin
  perform freshet.preset_install(
    'hummingbird',
    format(
      $sql$
  select j.user_id, freshet.secret_id(s.%I::text), e.at, %s, '{}'::text[]
  from %s as s
    cross join lateral (select %s) as e(at)
    cross join lateral (select %s) as v(user_id)
    cross join lateral (select %s) as j(user_id)%s
  where %s and j.user_id <> '' and e.at > now()
$sql$,
      id, freshet.preset_is_admin(account, admin),
      session, freshet.preset_time(session, expires, 's', zone), freshet.preset_json(session, data, 's', "user"),
      -- Swift writes a UUID in capitals, PostgreSQL in small letters, as a scope has it.
      format(
        'case when v.user_id ~* %L then lower(v.user_id) else v.user_id end',
        '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
      ),
      freshet.preset_user_join(account, 'j.user_id'),
      freshet.preset_equals(session, id, 's', '(''hbs.'' || $1)')
    ),
    session, 'secret', id, account, freshet.preset_key(account), watch
  );
end
$preset$;

select freshet.preset(:'schema', :'sessions', :'user', :'users', :'admin', :'zone', :'watch') as made \gset
\ir end.psql

\echo 'freshet: sessions are those of Hummingbird now. Serve with:'
\echo '  freshet serve --cookie SESSION_ID'
