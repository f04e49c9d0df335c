-- The sessions of Ory Kratos (0.8 and later) for clients that send the session token, "Authorization: Bearer ory_st_...".
-- The cookie of its browser flows is encrypted, and Kratos alone can read it.
--
--   psql "$DATABASE_URL" -f migrations/sessions/kratos.sql
--
-- -v schema=public
-- -v sessions=sessions
-- -v users=identities
-- -v admin=            a boolean column of the identities that says who is an administrator; Kratos has none
-- -v zone=UTC          what a timestamp without a time zone is in; Kratos writes UTC
-- -v watch=on          off: makes no triggers, and a sign-out is noticed within --recheck

\set ON_ERROR_STOP on
\if :{?sessions}
\else
\set sessions sessions
\endif
\if :{?users}
\else
\set users identities
\endif
\ir begin.psql

create function freshet.preset(
  schema text, sessions text, users text, admin text, zone text, watch boolean
) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $preset$
declare
  session constant regclass := freshet.preset_table('sessions', schema, sessions);
  id constant text := freshet.preset_column(session, 'sessions', 'id');
  token constant text := freshet.preset_column(session, 'sessions', 'token');
  identity_id constant text := freshet.preset_column(session, 'sessions', 'identity_id');
  active constant text := freshet.preset_column(session, 'sessions', 'active');
  expires constant text := freshet.preset_column(session, 'sessions', 'expires_at');
  account constant regclass := freshet.preset_table('users', schema, users);
  state constant text := freshet.preset_column(account, 'users', 'state');
begin
  perform freshet.preset_install(
    'kratos',
    format(
      $sql$
  select s.%I::text, s.%I::text, e.at, %s, '{}'::text[]
  from %s as s
    cross join lateral (select %s) as e(at)%s
  where %s and s.%I and u.%I = 'active' and e.at > now()
$sql$,
      identity_id, id, freshet.preset_is_admin(account, admin),
      session, freshet.preset_time(session, expires, 's', zone),
      freshet.preset_user_join(account, session, identity_id),
      freshet.preset_equals(session, token, 's', '$1'), active, state
    ),
    session, 'session', id, account, freshet.preset_key(account), watch
  );
end
$preset$;

select freshet.preset(:'schema', :'sessions', :'users', :'admin', :'zone', :'watch') as made \gset
\ir end.psql

\echo 'freshet: sessions are those of Kratos now. Serve with:'
\echo '  freshet serve'
\echo 'Clients send their session token as Authorization: Bearer.'
