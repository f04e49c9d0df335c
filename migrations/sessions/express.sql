-- The sessions of express-session with connect-pg-simple.
--
--   psql "$DATABASE_URL" -f migrations/sessions/express.sql
--
-- -v schema=public
-- -v sessions=session
-- -v user='{passport,user}'  where in the session the user's id is; this is Passport's. {userId} for req.session.userId
-- -v users=users             needed with admin alone
-- -v admin=                  a boolean column of the users that says who is an administrator; nobody without
-- -v zone=                   what its timestamp without a time zone is in. It is cast by PostgreSQL in the application's
--                            own time zone, that of the database where the application does not set another: empty
-- -v watch=on                off: makes no triggers, and a sign-out is noticed within --recheck

\set ON_ERROR_STOP on
\if :{?sessions}
\else
\set sessions session
\endif
\if :{?user}
\else
\set user '{passport,user}'
\endif
\if :{?users}
\else
\set users users
\endif
\if :{?zone}
\else
\set zone ''
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
  sid constant text := freshet.preset_column(session, 'sessions', 'sid');
  data constant text := freshet.preset_column(session, 'sessions', 'sess');
  expires constant text := freshet.preset_column(session, 'sessions', 'expire');
  account constant regclass := freshet.preset_users(schema, users, admin);
begin
  perform freshet.preset_install(
    'express',
    format(
      $sql$
  select j.user_id, freshet.secret_id(s.%I::text), e.at, %s, '{}'::text[]
  from %s as s
    cross join lateral (select %s) as e(at)
    cross join lateral (select %s) as j(user_id)%s
  where %s and j.user_id <> '' and e.at > now()
$sql$,
      sid, freshet.preset_is_admin(account, admin),
      session, freshet.preset_time(session, expires, 's', zone), freshet.preset_json(session, data, 's', "user"),
      freshet.preset_user_join(account, 'j.user_id'),
      freshet.preset_equals(session, sid, 's', '$1')
    ),
    session, 'secret', sid, account, freshet.preset_key(account), watch
  );
end
$preset$;

select freshet.preset(:'schema', :'sessions', :'user', :'users', :'admin', :'zone', :'watch') as made \gset
\ir end.psql

\echo 'freshet: sessions are those of express-session now. Serve with:'
\echo '  freshet serve --token-format hmac-sha256 --cookie connect.sid'
\echo 'secret: the secret given to session(), or all of them, in FRESHET_TOKEN_SECRET or --token-secret-file.'
