-- Sessions that somebody else keeps: what each of them may hear beside its own, keys for programs, and a watch of tables
-- whose id is the secret itself.

-- The scopes that a user's sessions hear beside those that `freshet.authenticate` gives; none, until an operator replaces
-- it, with a table of memberships, say. `freshet.watch_scopes` has it read again when such a row changes. This one names
-- nothing, so that it needs no rights and no path, and PostgreSQL leaves it out of a query that it stands in.
create function freshet.scopes_of(user_id text) returns setof text
language sql stable
as $$ select null::text where false $$;

-- Purpose "secret" is "session" for a table whose session id is what signs in: the service knows its hash, and no more is
-- told, for any login can listen.
alter table freshet.watch drop constraint watch_purpose_check;
alter table freshet.watch add constraint watch_purpose_check
  check (purpose in ('tags', 'session', 'secret', 'user'));

create or replace function freshet.watch_events(purpose text) returns text[]
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  -- A new session has no stream yet; a new row of scopes concerns sessions that have.
  select case when purpose in ('session', 'secret') then array['update', 'delete', 'truncate']
    else array['insert', 'update', 'delete', 'truncate'] end
$$;

-- As before, and for all purposes.
create or replace function freshet.sweep() returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  gone regclass;
begin
  for gone in
    select distinct w.relation::oid from freshet.watch as w
    where not exists (select from pg_class as c where c.oid = w.relation)
  loop
    begin
      perform freshet.drop_watches(gone, array['tags', 'session', 'secret', 'user'], null);
    exception when insufficient_privilege then null;
    end;
  end loop;
end
$$;

-- What a secret is known by: its SHA-256, in hexadecimal digits. An operator's `freshet.authenticate` gives it as the id of
-- a session that `freshet.watch_session_secrets` watches.
create function freshet.secret_id(secret text) returns text
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp
as $$ select encode(sha256(convert_to(secret, 'UTF8')), 'hex') $$;

-- As before, and in addition it hashes a secret before anybody sees it.
create or replace function freshet.recheck(purpose text, id text) returns text
language plpgsql volatile strict security definer set search_path = pg_catalog, pg_temp
as $$
declare
  -- Before anything is read, as in `emit`.
  xid constant xid8 := pg_current_xact_id();
  what constant text := case purpose when 'secret' then 'session' else purpose end;
  logged boolean;
  polled boolean;
  switches bigint;
begin
  select t.keeps_log or current_setting('transaction_isolation') <> 'read committed', t.polled, t.switches
    into logged, polled, switches
    from freshet.timeline as t;
  if octet_length(id) > 1000 or not freshet.is_readable(id) then
    id := '*';
  elsif purpose = 'secret' and id <> '*' then
    id := freshet.secret_id(id);
  end if;
  if logged then
    insert into freshet.event (xid, horizon, scope, tags)
    values (xid, pg_snapshot_xmin(pg_current_snapshot()), what, jsonb_build_array(id));
  end if;
  if polled and (
    current_setting('transaction_isolation') = 'read committed'
    or switches = (select b.last_value from freshet.switch_begun as b)
  ) then
    return null;
  end if;
  return nullif(pg_notify('freshet', format('{%s:%s}', to_json(what), to_json(id)))::text, '');
end
$$;

create function freshet.watch_session_secrets(relation regclass, secret text) returns void
language sql volatile set search_path = pg_catalog, pg_temp
as $$ select freshet.make_session_watch(relation, 'secret', secret) $$;

create or replace function freshet.unwatch_sessions(relation regclass) returns integer
language sql volatile set search_path = pg_catalog, pg_temp
as $$ select freshet.drop_watches(relation, array['session', 'secret', 'user'], null) $$;

-- Keys for programs, which have no session. Only the hash of a key is kept.
create table freshet.api_key (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  key_sha256 bytea not null unique check (octet_length(key_sha256) = 32),
  is_admin boolean not null default false,
  scopes text[] not null default '{}',
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  -- To the hour: a key that is used all day costs 24 writes.
  last_used_at timestamptz
);

-- Returns the key, the only time that it is known. Its user is `api-key/NAME`; it hears `global` and its scopes.
create function freshet.create_api_key(
  name text, scopes text[] default '{}', is_admin boolean default false, ttl interval default null
) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  key constant text := 'freshet_key_' || translate(rtrim(encode(freshet.random_bytes(), 'base64'), '='), '+/', '-_');
  wrong text;
begin
  if create_api_key.name is null or create_api_key.name !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' then
    raise exception 'Freshet cannot create an API key with the name "%", which must be 1 to 100 letters, digits, dots, '
      'dashes and underscores, the first a letter or a digit.', coalesce(left(create_api_key.name, 200), 'null')
      using errcode = 'invalid_parameter_value';
  elsif ttl <= interval '0' then
    raise exception 'Freshet cannot create an API key that lasts %; it must be longer than zero, or null for no end.', ttl
      using errcode = 'invalid_parameter_value';
  end if;
  select coalesce(left(s.scope, 200), 'null') into wrong
  from unnest(scopes) as s(scope)
  where s.scope = '*' or freshet.is_scope(s.scope) is not true;
  if wrong is not null then
    raise exception 'Freshet cannot create an API key with the scope "%"; a scope is a kind and an id such as '
      '"tenant/acme", of at most 500 bytes.', wrong
      using errcode = 'invalid_parameter_value';
  end if;
  insert into freshet.api_key as k (name, key_sha256, is_admin, scopes, expires_at)
  values (
    create_api_key.name, freshet.token_hash(key), coalesce(create_api_key.is_admin, false),
    coalesce(create_api_key.scopes, '{}'), now() + ttl
  );
  return key;
exception when unique_violation then
  raise exception 'Freshet has an API key with the name "%" already; revoke it, or choose another name.', name
    using errcode = 'unique_violation';
end
$$;

create function freshet.revoke_api_key(name text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  delete from freshet.api_key as k where k.name = revoke_api_key.name;
  return found;
end
$$;

-- Notes when keys were used, to the hour; the ids are those of sessions. Says how many rows it wrote.
create function freshet.note_api_keys(ids text[]) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  noted integer;
begin
  update freshet.api_key as k
  set last_used_at = date_trunc('hour', now())
  where k.id::text = any (ids) and (k.last_used_at < date_trunc('hour', now())) is not false;
  get diagnostics noted = row_count;
  return noted;
end
$$;

do $$ begin perform freshet.watch_sessions('freshet.api_key', ':id'); end $$;

-- What credentials stand for: an API key by its prefix, which no session's token has, else what the operator's function
-- says; with the scopes of the user. `n` counts from 1.
create function freshet.sessions_of(credentials text[])
returns table (n bigint, user_id text, session_id text, expires_at timestamptz, is_admin boolean, scopes text[])
language sql stable set search_path = pg_catalog, public, pg_temp
as $$
  select
    c.n, a.user_id, a.session_id, a.expires_at, a.is_admin,
    a.scopes || array(select s.scope from freshet.scopes_of(a.user_id) as s(scope))
  from unnest(credentials) with ordinality as c(credential, n)
  cross join lateral freshet.authenticate(c.credential) as a
  where not starts_with(c.credential, 'freshet_key_')
  union all
  select c.n, 'api-key/' || k.name, k.id::text, k.expires_at, k.is_admin, k.scopes
  from unnest(credentials) with ordinality as c(credential, n)
  join freshet.api_key as k on k.key_sha256 = freshet.token_hash(c.credential)
  where starts_with(c.credential, 'freshet_key_') and (k.expires_at > now()) is not false
$$;

-- As before, but by `sessions_of`: looks up many credentials in one call, one row for each that is a session or that failed; `n` counts from 1. All in
-- one query, and only where that raises an error, one by one, so that a credential which makes an operator's function
-- fail does not fail its neighbours.
-- It runs with the rights of the schema's owner and finds what is in `public`, so that an operator's function need not
-- be SECURITY DEFINER or name every schema.
create or replace function freshet.lookup_sessions(credentials text[]) returns setof freshet.found_session
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
      select * from freshet.sessions_of(credentials)
    ) as s;
  exception when assert_failure or others then
    sessions := '{}';
    for i in 1 .. cardinality(credentials) loop
      begin
        sessions := sessions || coalesce((
          select array_agg(
            row(i, a.user_id, a.session_id, a.expires_at, a.is_admin, a.scopes, null)::freshet.found_session
          )
          from freshet.sessions_of(array[credentials[i]]) as a
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

-- The scopes of many users, one row for each; for a service that finds its sessions elsewhere (`--auth-url`).
create function freshet.lookup_scopes(users text[]) returns table (n integer, scopes text[])
language sql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  select u.n::integer, array(select s.scope from freshet.scopes_of(u.user_id) as s(scope))
  from unnest(users) with ordinality as u(user_id, n)
$$;

revoke execute on function
  freshet.lookup_scopes(text[]), freshet.scopes_of(text), freshet.secret_id(text), freshet.watch_session_secrets(regclass, text),
  freshet.create_api_key(text, text[], boolean, interval), freshet.revoke_api_key(text), freshet.note_api_keys(text[]),
  freshet.sessions_of(text[])
  from public;

create or replace function freshet.grant_service() returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  if to_regrole('freshet_service') is null then
    begin
      create role freshet_service nologin;
    exception
      -- Another database of this cluster was quicker.
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        return format(
          E'freshet: this role may not create roles. An administrator must run:\n'
            '  create role freshet_service nologin;\n'
            'and then, in the database %I as %I:\n'
            '  select freshet.grant_service();',
          current_database(), current_user
        );
    end;
  end if;
  grant usage on schema freshet to freshet_service;
  grant select on
    freshet.event, freshet.setting, freshet.migration, freshet.watches, freshet.watch_problems, freshet.control
    to freshet_service;
  grant execute on function
    freshet.attach(), freshet.beat(text), freshet.lookup_sessions(text[]), freshet.authenticate(text),
    freshet.log_status(), freshet.prune(integer), freshet.position(), freshet.invalidate(text[], text),
    freshet.family(regclass), freshet.watch_events(text), freshet.type_name(oid),
    freshet.controls(), freshet.pause(text), freshet.resume(), freshet.disable_tags(text[], text),
    freshet.enable_tags(text[]), freshet.note_api_keys(text[]),
    freshet.lookup_scopes(text[])
    to freshet_service;
  return null;
end
$$;
