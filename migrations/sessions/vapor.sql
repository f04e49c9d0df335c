-- The sessions of Vapor 4 with Fluent: app.sessions.use(.fluent).
--
--   psql "$DATABASE_URL" -f migrations/sessions/vapor.sql
--
-- -v schema=public
-- -v sessions=_fluent_sessions
-- -v user='{_UserSession}'      where in the data the user's id is: an underscore, the type that is
--                               SessionAuthenticatable, and Session
-- -v users=users                needed with admin alone
-- -v admin=                     a boolean column of the users that says who is an administrator; nobody without
-- -v watch=on                   off: makes no triggers, and a sign-out is noticed within --recheck
--
-- Vapor's sessions have no end of their own: they last until their row is deleted.

\set ON_ERROR_STOP on
\if :{?sessions}
\else
\set sessions _fluent_sessions
\endif
\if :{?user}
\else
\set user '{_UserSession}'
\endif
\if :{?users}
\else
\set users users
\endif
\ir begin.psql
\ir json.psql

create function freshet.preset(
  schema text, sessions text, "user" text, users text, admin text, watch boolean
) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $preset$
declare
  session constant regclass := freshet.preset_table('sessions', schema, sessions);
  id constant text := freshet.preset_column(session, 'sessions', 'id');
  key constant text := freshet.preset_column(session, 'sessions', 'key');
  data constant text := freshet.preset_column(session, 'sessions', 'data');
  account constant regclass := freshet.preset_users(schema, users, admin);
begin
  perform freshet.preset_install(
    'vapor',
    format(
      $sql$
  select j.user_id, s.%I::text, null::timestamptz, %s, '{}'::text[]
  from %s as s
    cross join lateral (select %s) as v(user_id)
    cross join lateral (select %s) as j(user_id)%s
  where %s and j.user_id <> ''
$sql$,
      id, freshet.preset_is_admin(account, admin),
      session, freshet.preset_json(session, data, 's', "user"),
      -- Swift writes a UUID in capitals, PostgreSQL in small letters, as a scope has it.
      format(
        'case when v.user_id ~* %L then lower(v.user_id) else v.user_id end',
        '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
      ),
      freshet.preset_user_join(account, 'j.user_id'),
      freshet.preset_equals(session, key, 's', '$1')
    ),
    session, 'session', id, account, freshet.preset_key(account), watch
  );
end
$preset$;

select freshet.preset(:'schema', :'sessions', :'user', :'users', :'admin', :'watch') as made \gset
\ir end.psql

\echo 'freshet: sessions are those of Vapor now. Serve with:'
\echo '  freshet serve --cookie vapor-session'
