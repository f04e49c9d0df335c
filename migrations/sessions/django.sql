-- The sessions of Django (3.1 and later) with its own backends "db" and "cached_db".
--
--   psql "$DATABASE_URL" -f migrations/sessions/django.sql
--
-- -v schema=public
-- -v sessions=django_session
-- -v users=auth_user         the table of AUTH_USER_MODEL
-- -v admin=is_superuser      a boolean column of the users that says who is an administrator; empty: nobody
-- -v watch=on                off: makes no triggers, and a sign-out is noticed within --recheck
--
-- Whose a session is stands in signed and compressed data that SQL cannot read. So the service, with --token-format
-- django, asks twice. The credential is first the session's key, and the answer's user is "django:" and the data. From
-- that the service reads the user's id and the hash of the password's column that was taken at the sign-in, and asks
-- again with
--
--   KEY/USER/HASH/HMACKEY
--
-- where HMACKEY is SHA-256 of Django's salt and the SECRET_KEY, 64 hexadecimal digits as HASH is. That gives the user,
-- while the session is there, the user is active, and the hash is still that of the password's column: a new password
-- ends sessions, as in Django. No other token format may be used with this: a session's key alone would then be let in,
-- signed in or not.

\set ON_ERROR_STOP on
\if :{?sessions}
\else
\set sessions django_session
\endif
\if :{?users}
\else
\set users auth_user
\endif
\if :{?admin}
\else
\set admin is_superuser
\endif
\ir begin.psql

-- RFC 2104, since PostgreSQL has no HMAC without an extension. It has no XOR of bytes either: eight of them at a time are
-- taken for a number, with which it can.
create or replace function freshet.hmac_sha256(key bytea, message bytea) returns bytea
language plpgsql immutable strict parallel safe set search_path = pg_catalog, pg_temp
as $$
declare
  block constant bytea := case when octet_length(key) > 64 then sha256(key) else key end || decode(repeat('00', 64), 'hex');
  word bigint;
  inner_pad bytea := '';
  outer_pad bytea := '';
begin
  for i in 0..7 loop
    word := ('x' || encode(substr(block, 8 * i + 1, 8), 'hex'))::bit(64)::bigint;
    inner_pad := inner_pad || int8send(word # x'3636363636363636'::bigint);
    outer_pad := outer_pad || int8send(word # x'5c5c5c5c5c5c5c5c'::bigint);
  end loop;
  return sha256(outer_pad || sha256(inner_pad || message));
end
$$;

revoke execute on function freshet.hmac_sha256(bytea, bytea) from public;
select freshet.preset_grant('freshet.hmac_sha256(bytea, bytea)') as granted \gset

create function freshet.preset(schema text, sessions text, users text, admin text, watch boolean) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $preset$
declare
  session constant regclass := freshet.preset_table('sessions', schema, sessions);
  key constant text := freshet.preset_column(session, 'sessions', 'session_key');
  data constant text := freshet.preset_column(session, 'sessions', 'session_data');
  expires constant text := freshet.preset_column(session, 'sessions', 'expire_date');
  account constant regclass := freshet.preset_table('users', schema, users);
  id constant text := freshet.preset_key(account);
  password constant text := freshet.preset_column(account, 'users', 'password');
  -- A model of one's own may have neither, and its users are then all active, and none an administrator.
  active constant text := freshet.preset_optional(account, 'is_active');
  nobody constant boolean := admin = 'is_superuser' and freshet.preset_optional(account, admin) is null;
begin
  perform freshet.preset_install(
    'django',
    format(
      $sql$
  select 'django:' || s.%2$I, freshet.secret_id(s.%1$I::text), e.at, false, '{}'::text[]
  from %3$s as s
    cross join lateral (select %4$s) as e(at)
  where %5$s and $1 ~ '^[a-z0-9]{8,40}$' and e.at > now()
  union all
  select u.%6$I::text, freshet.secret_id(s.%1$I::text), e.at, %7$s, '{}'::text[]
  from (
    select case when $1 ~ '^[a-z0-9]{8,40}/[^/]+/[0-9a-f]{64}/[0-9a-f]{64}$' then string_to_array($1, '/') end
  ) as c(part)
    join %3$s as s on %8$s
    cross join lateral (select %4$s) as e(at)
    join %9$s as u on %10$s
  where e.at > now()%11$s
    and c.part[3] = encode(freshet.hmac_sha256(decode(c.part[4], 'hex'), convert_to(u.%12$I, 'UTF8')), 'hex')
$sql$,
      key, data,
      session, freshet.preset_time(session, expires, 's', 'UTC'), freshet.preset_equals(session, key, 's', '$1'),
      id, freshet.preset_is_admin(case when not nobody then account end, admin),
      freshet.preset_equals(session, key, 's', 'c.part[1]'),
      account, freshet.preset_equals(account, id, 'u', 'c.part[2]'),
      case when active is not null then format(' and u.%I', active) end, password
    ),
    session, 'secret', key, account, id, watch
  );
end
$preset$;

select freshet.preset(:'schema', :'sessions', :'users', :'admin', :'watch') as made \gset
\ir end.psql

\echo 'freshet: sessions are those of Django now. Serve with:'
\echo '  freshet serve --token-format django --cookie sessionid'
\echo 'secret: SECRET_KEY of the settings, and SECRET_KEY_FALLBACKS, in FRESHET_TOKEN_SECRET or --token-secret-file.'
