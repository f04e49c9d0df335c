-- The record of watches, and the triggers that serve them, made and dropped. All of it runs with the rights of whoever
-- calls it, and what it makes belongs to the caller: a trigger function reads only the rows of the statement that fired
-- it, and hands what it found to `emit`.

create table freshet.watch (
  id integer generated always as identity primary key,
  relation regclass not null,
  -- "tags" emits tags; "session" and "user" have the service check that session, or every session of that user, again.
  purpose text not null check (purpose in ('tags', 'session', 'user')),
  name text not null check (name <> ''),
  tags text[],
  scopes text[],
  columns text[],
  query text,
  -- Each column that the generated code names, and the type it counts on; null where any type will do.
  reads jsonb not null default '{}',
  created_at timestamptz not null default now(),
  unique (relation, purpose, name)
);

create view freshet.watches as
select w.relation, w.name, w.tags, w.scopes, w.columns, w.query
from freshet.watch as w
where w.purpose = 'tags' and exists (select from pg_catalog.pg_class as c where c.oid = w.relation);

-- The table and all its partitions or children, parents first: a statement fires the triggers of the one table that it
-- names, so each needs its own.
create function freshet.family(relation regclass) returns setof regclass
language sql stable set search_path = pg_catalog, pg_temp
as $$
  with recursive family as (
    select relation::oid as oid, 0 as depth
    union
    select i.inhrelid, f.depth + 1 from family as f join pg_inherits as i on i.inhparent = f.oid
  )
  select f.oid::regclass from family as f group by f.oid order by max(f.depth), f.oid
$$;

create function freshet.watch_events(purpose text) returns text[]
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  -- A new session has no stream yet; a new row of scopes concerns sessions that have.
  select case purpose when 'session' then array['update', 'delete', 'truncate']
    else array['insert', 'update', 'delete', 'truncate'] end
$$;

create function freshet.check_relation(relation regclass) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  fault text;
begin
  if relation is null then
    raise exception 'Freshet cannot watch null; name a table.' using errcode = 'invalid_parameter_value';
  end if;
  select case
    when c.relkind = 'v' then 'is a view; watch the tables under it'
    when c.relkind = 'm' then 'is a materialized view; watch the tables under it'
    when c.relkind = 'f' then 'is a foreign table, whose rows can change where no trigger sees it'
    when c.relkind not in ('r', 'p') then 'is no table'
    when c.relpersistence = 't' then 'is a temporary table, which no other session sees'
    when c.relnamespace = 'pg_catalog'::regnamespace then 'is a system catalog, which has no triggers'
    when exists (select from pg_inherits as i where i.inhrelid = c.oid) then format(
      'is a partition or child of %s, and a statement on that one would not fire its triggers; watch %1$s',
      (select min(i.inhparent)::regclass from pg_inherits as i where i.inhrelid = c.oid)
    )
    when exists (
      select from freshet.family(relation) as f(member) join pg_class as m on m.oid = f.member where m.relkind = 'f'
    ) then 'has a foreign table among its partitions, whose rows no trigger sees'
  end into fault
  from pg_class as c
  where c.oid = relation;
  if not found then
    fault := 'is not there';
  end if;
  if fault is not null then
    raise exception 'Freshet cannot watch %, which %.', relation, fault using errcode = 'wrong_object_type';
  end if;
end
$$;

-- What only a watch of tags refuses: the sessions of Freshet's own schema are watched like any others.
create function freshet.check_name(relation regclass, name text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if coalesce(name, '') = '' then
    raise exception 'Freshet cannot watch % without a name.', relation using errcode = 'invalid_parameter_value';
  elsif (select c.relnamespace = 'freshet'::regnamespace from pg_class as c where c.oid = relation) then
    raise exception 'Freshet cannot watch %, which is its own.', relation using errcode = 'wrong_object_type';
  end if;
end
$$;

-- Records a watch, replacing one of the same name, and returns its id.
create function freshet.record_watch(
  relation regclass, purpose text, name text, tags text[], scopes text[], columns text[], query text, reads jsonb
) returns integer
language sql volatile set search_path = pg_catalog, pg_temp
as $$
  insert into freshet.watch as w (relation, purpose, name, tags, scopes, columns, query, reads)
  values ($1, $2, $3, $4, $5, $6, $7, $8)
  on conflict (relation, purpose, name) do update
  set tags = excluded.tags, scopes = excluded.scopes, columns = excluded.columns, query = excluded.query,
    reads = excluded.reads, created_at = now()
  returning w.id
$$;

-- Makes or replaces one trigger function, and the trigger of every table of the family that lacks it. To replace the
-- function under a trigger takes no lock on the table, so a watch can be changed under load.
create function freshet.install_trigger(
  watch_id integer, relation regclass, event text, code text, settings text
) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  function_name constant text := format('watch_%s_%s', watch_id, event);
  trigger_name constant text := format('freshet_%s_%s', watch_id, event);
  member regclass;
begin
  execute format(
    'create or replace function freshet.%I() returns trigger language plpgsql security definer %s as %L',
    function_name, settings, code
  );
  -- Whoever could make a trigger of it could have it run, with its owner's rights, over rows of his own.
  execute format('revoke execute on function freshet.%I() from public', function_name);
  for member in
    select f.member from freshet.family(relation) with ordinality as f(member, n)
    where not exists (
      select from pg_trigger as t
      where t.tgrelid = f.member and t.tgname = trigger_name
        and t.tgfoid = to_regprocedure(format('freshet.%I()', function_name))
    )
    order by f.n
  loop
    execute format(
      'create trigger %I after %s on %s %s for each statement execute function freshet.%I()',
      trigger_name, event, member,
      case event
        when 'insert' then 'referencing new table as freshet_new_rows'
        when 'update' then 'referencing new table as freshet_new_rows old table as freshet_old_rows'
        when 'delete' then 'referencing old table as freshet_old_rows'
        else ''
      end,
      function_name
    );
  end loop;
end
$$;

-- The columns that generated code names, for `freshet.watch.reads`.
create function freshet.read_columns(columns text[], readings freshet.reading[]) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_object_agg(c.name, c.type_name), '{}')
  from (
    select u.name, max(u.type_name) as type_name
    from (
      select unnest(columns), null
      union all
      select r.column_name, r.type_name from unnest(readings) as r
    ) as u(name, type_name)
    group by u.name
  ) as c
$$;

-- Drops the triggers of a watch wherever they are, also on a partition that has been detached, and their functions.
create function freshet.drop_triggers(watch_id integer, relation regclass) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  event text;
  trigger record;
begin
  for trigger in
    select t.tgrelid::regclass as on_table, t.tgname as name
    from unnest(freshet.watch_events('tags')) as e(event)
    join pg_trigger as t on t.tgfoid = to_regprocedure(format('freshet.%I()', format('watch_%s_%s', watch_id, e.event)))
    order by t.tgrelid <> relation, t.tgrelid
  loop
    execute format('drop trigger %I on %s', trigger.name, trigger.on_table);
  end loop;
  foreach event in array freshet.watch_events('tags') loop
    execute format('drop function if exists freshet.%I()', format('watch_%s_%s', watch_id, event));
  end loop;
end
$$;

create function freshet.drop_watches(relation regclass, purposes text[], name text) returns integer
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  ids integer[];
  id integer;
begin
  -- The record first and the table second, in `watch` as here: two of them then wait for each other in one order.
  with gone as (
    delete from freshet.watch as w
    where w.relation = drop_watches.relation and w.purpose = any (purposes)
      and (drop_watches.name is null or w.name = drop_watches.name)
    returning w.id
  )
  select coalesce(array_agg(g.id), '{}') into ids from gone as g;
  foreach id in array ids loop
    perform freshet.drop_triggers(id, relation);
  end loop;
  return cardinality(ids);
end
$$;

-- Forgets the watches of tables that are gone, as far as the caller may; the view does not show them in any case.
create function freshet.sweep() returns void
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
      perform freshet.drop_watches(gone, array['tags', 'session', 'user'], null);
    exception when insufficient_privilege then null;
    end;
  end loop;
end
$$;

revoke execute on function
  freshet.family(regclass), freshet.watch_events(text), freshet.check_relation(regclass),
  freshet.check_name(regclass, text),
  freshet.record_watch(regclass, text, text, text[], text[], text[], text, jsonb),
  freshet.install_trigger(integer, regclass, text, text, text), freshet.read_columns(text[], freshet.reading[]),
  freshet.drop_triggers(integer, regclass), freshet.drop_watches(regclass, text[], text), freshet.sweep()
  from public;
