-- The sessions of Better Auth 1, by its own migrations (Kysely), Drizzle or Prisma.
--
--   psql "$DATABASE_URL" -f migrations/sessions/better-auth.sql
--
-- -v schema=public
-- -v sessions=session
-- -v users=user        looked at where it has the columns of the admin plugin, or with admin
-- -v roles=admin       which of the admin plugin's roles are an administrator's, as adminRoles has them: a,b
-- -v admin=            a boolean column of the users that says who is an administrator, beside the roles
-- -v zone=UTC          what a timestamp without a time zone is in; Drizzle and Prisma write UTC
-- -v watch=on          off: makes no triggers, and a sign-out is noticed within --recheck
--
-- The columns are found as token, "userId", "expiresAt", role, banned and "banExpires", or in snake case. With
-- secondaryStorage the rows are not here, unless storeSessionInDatabase is set; with preserveSessionInDatabase they stay
-- when they are over, and this cannot tell.

\set ON_ERROR_STOP on
\if :{?sessions}
\else
\set sessions session
\endif
\if :{?users}
\else
\set users user
\endif
\if :{?roles}
\else
\set roles admin
\endif
\ir begin.psql

create function freshet.preset(
  schema text, sessions text, users text, roles text, admin text, zone text, watch boolean
) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $preset$
declare
  session constant regclass := freshet.preset_table('sessions', schema, sessions);
  id constant text := freshet.preset_column(session, 'sessions', 'id');
  token constant text := freshet.preset_column(session, 'sessions', 'token');
  user_id constant text := freshet.preset_column(session, 'sessions', 'userId', 'user_id');
  expires constant text := freshet.preset_column(session, 'sessions', 'expiresAt', 'expires_at');
  account regclass := freshet.preset_table('users', schema, users);
  role constant text := freshet.preset_optional(account, 'role');
  banned constant text := freshet.preset_optional(account, 'banned');
  unbanned constant text := freshet.preset_optional(account, 'banExpires', 'ban_expires');
  is_admin text := freshet.preset_is_admin(account, admin);
begin
  if role is null and banned is null and admin = '' then
    account := null;
  elsif role is not null then
    is_admin := format(
      '%s coalesce(string_to_array(u.%I::text, '','') && %L::text[], false)',
      case when admin <> '' then is_admin || ' or' end, role, string_to_array(roles, ',')
    );
  end if;
  perform freshet.preset_install(
    'better-auth',
    format(
      $sql$
  select s.%I::text, s.%I::text, e.at, %s, '{}'::text[]
  from %s as s
    cross join lateral (select %s) as e(at)%s
  where %s and s.%I is not null and e.at > now()%s
$sql$,
      user_id, id, ltrim(is_admin),
      session, freshet.preset_time(session, expires, 's', zone),
      freshet.preset_user_join(account, session, user_id),
      freshet.preset_equals(session, token, 's', '$1'), user_id,
      -- A ban that is over is taken back at the next sign-in.
      case when banned is not null then format(
        E'\n    and (u.%I::boolean is not true%s)', banned,
        case when unbanned is not null
          then format(' or %s < now()', freshet.preset_time(account, unbanned, 'u', zone)) end
      ) end
    ),
    session, 'session', id, account, freshet.preset_key(account), watch
  );
end
$preset$;

select freshet.preset(:'schema', :'sessions', :'users', :'roles', :'admin', :'zone', :'watch') as made \gset
\ir end.psql

\echo 'freshet: sessions are those of Better Auth now. Serve with:'
\echo '  freshet serve --token-format hmac-sha256 --cookie __Secure-better-auth.session_token --cookie better-auth.session_token'
\echo 'secret: BETTER_AUTH_SECRET of the application, in FRESHET_TOKEN_SECRET or --token-secret-file.'
