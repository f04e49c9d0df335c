-- The sessions of Auth.js (@auth/*-adapter) and NextAuth 4, where they are kept in the database: the strategy
-- "database", and not "jwt", which leaves no row and is what there is without an adapter and with the Credentials
-- provider.
--
--   psql "$DATABASE_URL" -f migrations/sessions/authjs.sql
--
-- -v schema=public
-- -v sessions=sessions  Prisma's is Session, Drizzle's session
-- -v users=users        Prisma's is User, Drizzle's user; needed with admin alone
-- -v admin=             a boolean column of the users that says who is an administrator; nobody without
-- -v zone=UTC           what a timestamp without a time zone is in; Prisma and Drizzle write UTC
-- -v watch=on           off: makes no triggers, and a sign-out is noticed within --recheck
--
-- The columns are found as "sessionToken", "userId" and expires, or as session_token, user_id and expires_at.

\set ON_ERROR_STOP on
\if :{?sessions}
\else
\set sessions sessions
\endif
\if :{?users}
\else
\set users users
\endif
\ir begin.psql

create function freshet.preset(
  schema text, sessions text, users text, admin text, zone text, watch boolean
) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $preset$
declare
  session constant regclass := freshet.preset_table('sessions', schema, sessions);
  token constant text := freshet.preset_column(session, 'sessions', 'sessionToken', 'session_token');
  user_id constant text := freshet.preset_column(session, 'sessions', 'userId', 'user_id');
  expires constant text := freshet.preset_column(session, 'sessions', 'expires', 'expires_at');
  -- Drizzle's table has the token for its key, and nothing beside it.
  id constant text := freshet.preset_optional(session, 'id');
  account constant regclass := freshet.preset_users(schema, users, admin);
begin
  perform freshet.preset_install(
    'authjs',
    format(
      $sql$
  select s.%I::text, %s, e.at, %s, '{}'::text[]
  from %s as s
    cross join lateral (select %s) as e(at)%s
  where %s and s.%I is not null and e.at > now()
$sql$,
      user_id,
      case when id is null then format('freshet.secret_id(s.%I::text)', token) else format('s.%I::text', id) end,
      freshet.preset_is_admin(account, admin),
      session, freshet.preset_time(session, expires, 's', zone),
      freshet.preset_user_join(account, session, user_id),
      freshet.preset_equals(session, token, 's', '$1'), user_id
    ),
    session, case when id is null then 'secret' else 'session' end, coalesce(id, token),
    account, freshet.preset_key(account), watch
  );
end
$preset$;

select freshet.preset(:'schema', :'sessions', :'users', :'admin', :'zone', :'watch') as made \gset
\ir end.psql

\echo 'freshet: sessions are those of Auth.js now. Serve with:'
\echo '  freshet serve --cookie __Secure-authjs.session-token --cookie authjs.session-token'
\echo 'NextAuth 4 calls them __Secure-next-auth.session-token and next-auth.session-token.'
