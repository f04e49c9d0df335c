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

-- An error's text without what it quotes.
create function freshet.without_quotes(message text) returns text
language sql immutable parallel safe set search_path = pg_catalog, pg_temp
as $$ select regexp_replace(message, '"[^"]*("|$)', '"***"', 'g') $$;

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
        -- An error quotes what it was given, or a part of it, and a token must never reach a log.
        one := row(i, null, null, null, null, null, freshet.without_quotes(sqlerrm));
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
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
begin
  return query
    select u.n::integer, array(select s.scope from freshet.scopes_of(u.user_id) as s(scope))
    from unnest(users) with ordinality as u(user_id, n);
exception when assert_failure or others then
  -- One user by whom the operator's function fails must not keep the others out. Null is no list, not an empty one.
  for i in 1 .. cardinality(users) loop
    n := i;
    begin
      scopes := array(select s.scope from freshet.scopes_of(users[i]) as s(scope));
    exception when assert_failure or others then
      scopes := null;
    end;
    return next;
  end loop;
end
$$;

-- The tables and views that a plan reads, and how: what `explain (format json, verbose)` calls them.
create function freshet.plan_scans(plan jsonb) returns table (relation regclass, node text, condition text)
language sql stable set search_path = pg_catalog, pg_temp
as $$
  with recursive nodes as (
    select plan -> 0 -> 'Plan' as node
    union all
    select c.child from nodes as n, jsonb_array_elements(n.node -> 'Plans') as c(child)
  )
  select
    to_regclass(format('%I.%I', n.node ->> 'Schema', n.node ->> 'Relation Name')), n.node ->> 'Node Type',
    concat_ws(' ', n.node ->> 'Index Cond', n.node ->> 'Recheck Cond', n.node ->> 'Filter')
  from nodes as n
  where n.node ? 'Relation Name'
$$;

-- What may be wrong with the function that says who asks, for `freshet check`: nothing of it keeps anybody out or lets
-- anybody in by itself. It looks at the plan of an SQL function's query, made as if tables were never read from end to end.
create function freshet.session_problems() returns table (problem text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
declare
  body text;
  kind name;
  volatility "char";
  settings text[];
  definer boolean;
  plan jsonb;
  scanned regclass[];
  one regclass;
  is_empty boolean;
  found_column name;
  newest text;
begin
  select btrim(p.prosrc, E' \n\t;'), l.lanname, p.provolatile, p.proconfig, p.prosecdef
    into body, kind, volatility, settings, definer
    from pg_proc as p join pg_language as l on l.oid = p.prolang
    where p.oid = to_regprocedure('freshet.authenticate(text)');
  if not found then return; end if;
  if volatility = 'v' then
    return query select 'it is volatile, as a function is that writes; the lookups are read-only: declare it stable';
  end if;
  if definer and not exists (select from unnest(settings) as s(text) where s.text like 'search_path=%') then
    return query select 'it is security definer without a search_path of its own, so whoever may create a table can have it '
      'read that one: set search_path = pg_catalog, pg_temp';
  end if;
  if body ~* 'select\s+([a-z_0-9]+\.)?\*' then
    return query select 'it reads whole rows (select *): name the columns that it needs';
  end if;
  -- Of several statements only the first would be explained, and the others would be run.
  if kind <> 'sql' or body ~ ';' then return; end if;
  begin
    execute 'explain (format json, verbose) ' || body into plan using 'freshet-check'::text;
  exception when others then
    -- By the parameter's name.
    begin
      execute 'explain (format json, verbose) '
        || regexp_replace(body, '\m(authenticate\.)?credential\M', '$1', 'g') into plan using 'freshet-check'::text;
    exception when others then return;
    end;
  end;
  select array_agg(distinct s.relation) into scanned from freshet.plan_scans(plan) as s where s.relation is not null;
  return query
    select format('it reads all of %s to find one session, for no index serves its condition', s.relation)
    from freshet.plan_scans(plan) as s
    where s.node = 'Seq Scan' and s.relation is not null
    group by s.relation;
  return query
    select format(
      'it compares %s.%I, a timestamp without a zone, in the zone that a connection has; where it is written in UTC, say '
        '(%2$I at time zone ''UTC'')',
      a.attrelid::regclass, a.attname
    )
    from pg_attribute as a
    where a.attrelid = any (scanned) and a.attnum > 0 and not a.attisdropped
      and a.atttypid = 'timestamp'::regtype and body !~* 'at\s+time\s+zone'
      and body ~ ('\m' || regexp_replace(a.attname, '([^[:alnum:]_])', '\\\1', 'g') || '\M');
  if scanned is not null and not exists (
    select from freshet.watch as w
    where w.purpose in ('session', 'secret') and w.relation = any (scanned) and w.relation <> 'freshet.api_key'::regclass
  ) then
    return query select format(
      'none of what it reads (%s) is watched, so a sign-out is noticed within --recheck and not at once: '
        'select freshet.watch_sessions(...)', array_to_string(scanned, ', ')
    );
  end if;
  return query
    select format('%s has a column %I, and the function does not look at it: is a session over that it marks?',
      a.attrelid::regclass, a.attname)
    from pg_attribute as a
    where a.attrelid = any (scanned) and a.attnum > 0 and not a.attisdropped
      and a.attname in (
        'revoked', 'is_revoked', 'revoked_at', 'revokedAt', 'deleted_at', 'deletedAt', 'invalidated_at', 'logged_out_at',
        'active', 'is_active', 'isActive', 'disabled', 'banned'
      )
      and strpos(body, a.attname) = 0;
  -- Where the credential itself stands in a column, the newest row has one.
  select s.relation, m.parts[1] into one, found_column
  from freshet.plan_scans(plan) as s
  cross join lateral regexp_match(s.condition, '([[:alnum:]_]+)"?\)?(?:::text)? = ''freshet-check''::') as m(parts)
  where s.relation <> 'freshet.session'::regclass and exists (
    select from pg_attribute as a where a.attrelid = s.relation and a.attname = m.parts[1] and not a.attisdropped
  )
  limit 1;
  if found then
    execute format('select t.%I::text from %s as t order by t.ctid desc limit 1', found_column, one) into newest;
    begin
      is_empty := not exists (select from freshet.authenticate(newest));
    exception when assert_failure or others then
      return query select format('it fails for the newest row of %s: %s', one, freshet.without_quotes(sqlerrm));
      is_empty := false;
    end;
    if newest is not null and is_empty then
      return query select format(
        'it gives nobody for the newest row of %s: is that one over, or nobody''s, or does the function look elsewhere?', one
      );
    end if;
  end if;
  foreach one in array coalesce(scanned, '{}') loop
    continue when one = 'freshet.session'::regclass;
    execute format('select not exists (select from %s)', one) into is_empty;
    if is_empty then
      return query select format('%s is empty: sessions may be kept elsewhere (in Redis, in the cookie itself)', one);
    end if;
  end loop;
exception when insufficient_privilege then
  return query select format('its owner %I may not read what it reads: %s', current_user, sqlerrm);
end
$$;

revoke execute on function
  freshet.without_quotes(text), freshet.plan_scans(jsonb), freshet.session_problems(), freshet.lookup_scopes(text[]),
  freshet.scopes_of(text), freshet.secret_id(text), freshet.watch_session_secrets(regclass, text),
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
    freshet.lookup_scopes(text[]), freshet.session_problems()
    to freshet_service;
  return null;
end
$$;
