-- Sessions: a table for applications that have none of their own, and how the service asks what a credential stands
-- for. Operators replace `freshet.authenticate` to use the sessions that they already have.

-- Only the hash of a token is kept: whoever reads this table cannot sign in with it.
create table freshet.session (
  id uuid primary key default gen_random_uuid(),
  token_sha256 bytea not null unique check (octet_length(token_sha256) = 32),
  user_id text not null check (user_id <> ''),
  is_admin boolean not null default false,
  scopes text[] not null default '{}',
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

create index on freshet.session (expires_at);

create function freshet.token_hash(token text) returns bytea
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp
as $$ select sha256(convert_to(token, 'UTF8')) $$;

create function freshet.authenticate(credential text)
returns table (user_id text, session_id text, expires_at timestamptz, is_admin boolean, scopes text[])
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select s.user_id, s.id::text, s.expires_at, s.is_admin, s.scopes
  from freshet.session as s
  where s.token_sha256 = freshet.token_hash(credential) and s.expires_at > now()
$$;

-- Returns the token, the only time that it is known.
create function freshet.create_session(
  user_id text, ttl interval default '30 days', is_admin boolean default false, scopes text[] default '{}'
) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  token text := translate(rtrim(encode(freshet.random_bytes(), 'base64'), '='), '+/', '-_');
  wrong text;
begin
  if freshet.is_scope('user/' || user_id) is not true then
    raise exception 'Freshet cannot create a session for the user id "%", which must have 1 to 495 bytes.',
      left(user_id, 200)
      using errcode = 'invalid_parameter_value';
  elsif ttl is null or ttl <= interval '0' then
    raise exception 'Freshet cannot create a session that lasts %; it must be longer than zero.', ttl
      using errcode = 'invalid_parameter_value';
  end if;
  select coalesce(left(s.scope, 200), 'null') into wrong
  from unnest(scopes) as s(scope)
  where s.scope = '*' or freshet.is_scope(s.scope) is not true;
  if wrong is not null then
    raise exception 'Freshet cannot create a session with the scope "%"; a scope is a kind and an id such as '
      '"tenant/acme", of at most 500 bytes.', wrong
      using errcode = 'invalid_parameter_value';
  end if;
  -- Sessions that are over go a few at a time, so that the table cannot grow without end.
  delete from freshet.session as s
  where s.id in (
    select e.id from freshet.session as e
    where e.expires_at < now() - interval '1 day'
    order by e.expires_at
    limit 10
    for update skip locked
  );
  insert into freshet.session as s (token_sha256, user_id, is_admin, scopes, expires_at)
  values (
    freshet.token_hash(token), create_session.user_id, coalesce(create_session.is_admin, false),
    coalesce(create_session.scopes, '{}'), now() + ttl
  );
  return token;
end
$$;

create function freshet.revoke_session(token text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  delete from freshet.session as s where s.token_sha256 = freshet.token_hash(token);
  return found;
end
$$;

create type freshet.found_session as (
  n integer, user_id text, session_id text, expires_at timestamptz, is_admin boolean, scopes text[], failure text
);

-- Looks up many credentials in one call, one row for each that is a session or that failed; `n` counts from 1. All in
-- one query, and only where that raises an error, one by one, so that a credential which makes an operator's function
-- fail does not fail its neighbours.
-- It runs with the rights of the schema's owner and finds what is in `public`, so that an operator's function need not
-- be SECURITY DEFINER or name every schema.
create function freshet.lookup_sessions(credentials text[]) returns setof freshet.found_session
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
#variable_conflict use_column
declare
  sessions freshet.found_session[];
  one freshet.found_session;
begin
  begin
    select array_agg(
      row(s.n, s.user_id, s.session_id, s.expires_at, s.is_admin, s.scopes, null)::freshet.found_session
    ) into sessions
    from (
      select c.n, a.*
      from unnest(credentials) with ordinality as c(credential, n)
      cross join lateral freshet.authenticate(c.credential) as a
    ) as s;
  exception when assert_failure or others then
    sessions := '{}';
    for i in 1 .. cardinality(credentials) loop
      begin
        sessions := sessions || coalesce((
          select array_agg(
            row(i, a.user_id, a.session_id, a.expires_at, a.is_admin, a.scopes, null)::freshet.found_session
          )
          from freshet.authenticate(credentials[i]) as a
        ), '{}');
      exception when assert_failure or others then
        -- An error can quote what it was given, and a token must never reach a log.
        one := row(
          i, null, null, null, null, null,
          case when length(credentials[i]) >= 8 then replace(sqlerrm, credentials[i], '***') else sqlerrm end
        );
        sessions := sessions || one;
      end;
    end loop;
  end;

  return query
  select
    s.n,
    case when s.rows = 1 then s.user_id end,
    case when s.rows = 1 then s.session_id end,
    case when s.rows = 1 then s.expires_at end,
    case when s.rows = 1 then coalesce(s.is_admin, false) end,
    case when s.rows = 1 then coalesce(s.scopes, '{}') end,
    case when s.rows = 1 then s.failure
      else format('freshet.authenticate returned %s rows for one credential', s.rows) end
  from (
    select u.*, count(*) over (partition by u.n) as rows, row_number() over (partition by u.n) as nth
    from unnest(sessions) as u
  ) as s
  where s.nth = 1
    and (s.rows > 1 or s.failure is not null or (s.user_id <> '' and (s.expires_at > now()) is not false))
  order by s.n;
end
$$;

revoke execute on function
  freshet.token_hash(text), freshet.authenticate(text), freshet.create_session(text, interval, boolean, text[]),
  freshet.revoke_session(text), freshet.lookup_sessions(text[])
  from public;
