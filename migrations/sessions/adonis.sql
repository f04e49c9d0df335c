-- The sessions of AdonisJS 6 and later with the store "database" of @adonisjs/session, and the session guard of
-- @adonisjs/auth.
--
--   psql "$DATABASE_URL" -f migrations/sessions/adonis.sql
--
-- -v schema=public
-- -v sessions=sessions
-- -v user='{message,auth_web}'  where in the data the user's id is: auth_ and the name of the guard in config/auth.ts
-- -v users=users                needed with admin alone
-- -v admin=                     a boolean column of the users that says who is an administrator; nobody without
-- -v zone=UTC                   what a timestamp without a time zone is in
-- -v watch=on                   off: makes no triggers, and a sign-out is noticed within --recheck
--
-- The column user_id is not looked at: it is set by an application that tags its sessions, and a sign-out leaves it.

\set ON_ERROR_STOP on
\if :{?sessions}
\else
\set sessions sessions
\endif
\if :{?user}
\else
\set user '{message,auth_web}'
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
  expires constant text := freshet.preset_column(session, 'sessions', 'expires_at');
  account constant regclass := freshet.preset_users(schema, users, admin);
begin
  perform freshet.preset_install(
    'adonis',
    format(
      $sql$
  select j.user_id, freshet.secret_id(s.%I::text), e.at, %s, '{}'::text[]
  from %s as s
    cross join lateral (select %s) as e(at)
    cross join lateral (select %s) as j(user_id)%s
  where %s and j.user_id <> '' and e.at > now()
    and %s = $1
$sql$,
      id, freshet.preset_is_admin(account, admin),
      session, freshet.preset_time(session, expires, 's', zone), freshet.preset_json(session, data, 's', "user"),
      freshet.preset_user_join(account, 'j.user_id'),
      freshet.preset_equals(session, id, 's', '$1'), freshet.preset_json(session, data, 's', '{purpose}')
    ),
    session, 'secret', id, account, freshet.preset_key(account), watch
  );
end
$preset$;

select freshet.preset(:'schema', :'sessions', :'user', :'users', :'admin', :'zone', :'watch') as made \gset
\ir end.psql

\echo 'freshet: sessions are those of AdonisJS now. Serve with the cookie of config/session.ts:'
\echo '  freshet serve --token-format adonis-signed --cookie adonis-session'
\echo 'secret: APP_KEY of the application, in FRESHET_TOKEN_SECRET or --token-secret-file.'
