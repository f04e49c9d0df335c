-- The sessions of Laravel with SESSION_DRIVER=database (11 and later begin with it).
--
--   psql "$DATABASE_URL" -f migrations/sessions/laravel.sql
--
-- -v schema=public            or the search_path of config/database.php
-- -v sessions=sessions
-- -v users=users              needed with admin alone
-- -v admin=                   a boolean column of the users that says who is an administrator; nobody without
-- -v lifetime='120 minutes'   SESSION_LIFETIME, from the last request
-- -v watch=on                 off: makes no triggers, and a sign-out is noticed within --recheck

\set ON_ERROR_STOP on
\if :{?sessions}
\else
\set sessions sessions
\endif
\if :{?users}
\else
\set users users
\endif
\if :{?lifetime}
\else
\set lifetime '120 minutes'
\endif
\ir begin.psql

create function freshet.preset(
  schema text, sessions text, users text, admin text, lifetime interval, watch boolean
) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $preset$
declare
  session constant regclass := freshet.preset_table('sessions', schema, sessions);
  id constant text := freshet.preset_column(session, 'sessions', 'id');
  user_id constant text := freshet.preset_column(session, 'sessions', 'user_id');
  activity constant text := freshet.preset_column(session, 'sessions', 'last_activity');
  account constant regclass := freshet.preset_users(schema, users, admin);
begin
  perform freshet.preset_install(
    'laravel',
    format(
      $sql$
  select s.%I::text, freshet.secret_id(s.%I::text), e.at, %s, '{}'::text[]
  from %s as s
    cross join lateral (select %s) as e(at)%s
  where %s and s.%I is not null and e.at > now()
$sql$,
      user_id, id, freshet.preset_is_admin(account, admin),
      session, freshet.preset_later(freshet.preset_time(session, activity, 's', 'UTC'), lifetime),
      freshet.preset_user_join(account, session, user_id),
      freshet.preset_equals(session, id, 's', '$1'), user_id
    ),
    session, 'secret', id, account, freshet.preset_key(account), watch
  );
end
$preset$;

select freshet.preset(:'schema', :'sessions', :'users', :'admin', :'lifetime', :'watch') as made \gset
\ir end.psql

\echo 'freshet: sessions are those of Laravel now. Serve with the cookie of config/session.php:'
\echo '  freshet serve --token-format laravel --cookie laravel_session'
\echo 'secret: APP_KEY of the application, and APP_PREVIOUS_KEYS where it has any, in FRESHET_TOKEN_SECRET or'
\echo '--token-secret-file.'
