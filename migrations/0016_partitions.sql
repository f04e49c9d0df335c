-- Partitions that are made or attached after `watch`. They have none of its statement triggers, and a write that names
-- one of them would be silent. PostgreSQL clones a row trigger of a partitioned table to whatever becomes its partition,
-- so each watch of one has a row trigger too, which tells everybody a collapsed tag, once a transaction, until `rewatch`
-- gives the newcomer the precise triggers.
--
-- On a partition that has those already the clone is disabled, and costs nothing. A condition of the trigger could not
-- say it as well: ids of tables change when a dump is restored, and a list of a thousand would be read for every row.

-- What the functions of a watch are set to run with, to make them again.
alter table freshet.watch add column settings text;

-- Those of a template's watch follow from its columns.
update freshet.watch as w
set settings = 'set ' || replace(p.proconfig[1], 'search_path=', 'search_path = ')
from pg_proc as p
where w.query is not null and p.oid = to_regprocedure(format('freshet.%I()', format('watch_%s_truncate', w.id)));

-- The code of the row trigger. It is called for every row, so it finds out first whether everything has been said: a
-- setting that is local to the transaction is undone by a savepoint's rollback, as what was told is. The transaction's
-- id is in it, so that nobody silences a session by setting it.
create function freshet.later_code(watch_id integer, action text) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select format(
    $code$
declare
  told constant text := 'freshet.later_%1$s';
  precise constant text := 'freshet.precise_%1$s_' || tg_relid;
  transaction constant text := pg_current_xact_id()::text;
begin
  if transaction in (current_setting(told, true), current_setting(precise, true)) then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    if old *= new then
      return null;
    end if;
  end if;
  if exists (
    select from pg_trigger as t
    where t.tgrelid = tg_relid and t.tgname = format('freshet_%1$s_%%s', lower(tg_op)) and t.tgenabled in ('O', 'A')
  ) then
    perform set_config(precise, transaction, true);
    return null;
  end if;
  perform set_config(told, transaction, true);
  perform %2$s;
  return null;
end
$code$,
    watch_id, action
  )
$$;

-- Makes, or brings up to date, the row trigger of a watch of a partitioned table.
create function freshet.install_later(watch_id integer, relation regclass) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  function_name constant text := format('watch_%s_later', watch_id);
  trigger_name constant text := format('freshet_%s_later', watch_id);
  code text;
  events text[];
  maker name;
  leaf regclass;
begin
  if not exists (select from pg_class as c where c.oid = relation and c.relkind = 'p') then
    return;
  end if;
  select
    freshet.later_code(w.id, case
      when w.purpose <> 'tags' then format('freshet.recheck(%L, ''*'')', w.purpose)
      else format('freshet.emit(''*'', %L)', coalesce(freshet.collapsed(w.tags), '[[]]'))
    end),
    array_remove(freshet.watch_events(w.purpose), 'truncate')
  into code, events
  from freshet.watch as w
  where w.id = watch_id;

  if not exists (
    select from pg_proc as p
    where p.oid = to_regprocedure(format('freshet.%I()', function_name)) and p.prosrc = code
  ) then
    execute format(
      'create or replace function freshet.%I() returns trigger language plpgsql security definer '
        'set search_path = pg_catalog, pg_temp as %L',
      function_name, code
    );
    -- PostgreSQL clones the trigger with the rights of whoever makes the partition. Whoever makes another trigger of it
    -- can have everybody fetch again, as with a NOTIFY, and nothing else.
    execute format('grant execute on function freshet.%I() to public', function_name);
    -- `unwatch` is the maker's, also where another role has made the watch again.
    select p.proowner::regrole into maker
    from pg_proc as p
    where p.oid = to_regprocedure(format('freshet.%I()', format('watch_%s_truncate', watch_id)))
      and p.proowner <> current_user::regrole;
    if found then
      execute format('alter function freshet.%I() owner to %s', function_name, maker);
    end if;
  end if;
  if not exists (
    select from pg_trigger as t
    where t.tgrelid = relation and t.tgfoid = to_regprocedure(format('freshet.%I()', function_name))
  ) then
    execute format(
      'create trigger %I after %s on %s for each row execute function freshet.%I()',
      trigger_name, array_to_string(events, ' or '), relation, function_name
    );
  end if;

  -- Not on a partition that has partitions: its own would take over the state.
  for leaf in
    select t.tgrelid
    from pg_trigger as t join pg_class as c on c.oid = t.tgrelid
    where t.tgfoid = to_regprocedure(format('freshet.%I()', function_name)) and c.relkind <> 'p' and t.tgenabled <> 'D'
      and not exists (
        select from unnest(events) as e(event)
        where not exists (
          select from pg_trigger as s
          where s.tgrelid = t.tgrelid and s.tgname = format('freshet_%s_%s', watch_id, e.event)
            and s.tgenabled in ('O', 'A')
        )
      )
    order by t.tgrelid
  loop
    begin
      execute format('alter table %s disable trigger %I', leaf, trigger_name);
    exception
      -- Whoever may make triggers on a table need not own it, and before PostgreSQL 15 a clone is a superuser's alone.
      -- Left enabled, it finds at each row that there is nothing to say.
      when insufficient_privilege then null;
    end;
  end loop;
end
$$;

-- Makes the trigger of every table of the family that lacks it.
create function freshet.spread_trigger(watch_id integer, relation regclass, event text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  function_name constant text := format('watch_%s_%s', watch_id, event);
  trigger_name constant text := format('freshet_%s_%s', watch_id, event);
  member regclass;
begin
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

-- As before, but a function that would not change is left alone: to replace it has every session plan it anew, and
-- `rewatch` is to cost nothing where there is nothing new.
create or replace function freshet.install_trigger(
  watch_id integer, relation regclass, event text, code text, settings text
) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  function_name constant text := format('watch_%s_%s', watch_id, event);
begin
  if not exists (
    select from pg_proc as p join freshet.watch as w on w.id = watch_id and w.settings = settings
    where p.oid = to_regprocedure(format('freshet.%I()', function_name)) and p.prosrc = code
  ) then
    execute format(
      'create or replace function freshet.%I() returns trigger language plpgsql security definer %s as %L',
      function_name, settings, code
    );
    -- Whoever could make a trigger of it could have it run, with its owner's rights, over rows of his own.
    execute format('revoke execute on function freshet.%I() from public', function_name);
  end if;
  perform freshet.spread_trigger(watch_id, relation, event);
  -- The last of a watch's events.
  if event = 'truncate' then
    update freshet.watch as w set settings = install_trigger.settings where w.id = watch_id;
    perform freshet.install_later(watch_id, relation);
  end if;
end
$$;

create or replace function freshet.drop_triggers(watch_id integer, relation regclass) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  events constant text[] := freshet.watch_events('tags') || '{later}';
  event text;
  trigger record;
begin
  -- A clone goes with the trigger that it is one of, and cannot go without it.
  for trigger in
    select t.tgrelid::regclass as on_table, t.tgname as name
    from unnest(events) as e(event)
    join pg_trigger as t on t.tgfoid = to_regprocedure(format('freshet.%I()', format('watch_%s_%s', watch_id, e.event)))
    where t.tgparentid = 0
    order by t.tgrelid <> relation, t.tgrelid
  loop
    execute format('drop trigger %I on %s', trigger.name, trigger.on_table);
  end loop;
  foreach event in array events loop
    execute format('drop function if exists freshet.%I()', format('watch_%s_%s', watch_id, event));
  end loop;
end
$$;

-- Makes a query's watch with the search path, as SQL text, that the query is to have.
create function freshet.make_query_watch(relation regclass, query text, name text, schemas text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  watch_id integer;
  event text;
begin
  perform freshet.sweep();
  perform freshet.check_relation(relation);
  perform freshet.check_name(relation, name);
  query := regexp_replace(query, '[[:space:];]+$', '');
  perform freshet.check_query(relation, query, schemas);

  watch_id := freshet.record_watch(
    relation, 'tags', name, null, null, null, query,
    freshet.read_columns(null, freshet.readings(relation, freshet.key_columns(relation)))
  );
  foreach event in array freshet.watch_events('tags') loop
    perform freshet.install_trigger(
      watch_id, relation, event,
      case event
        when 'truncate' then freshet.truncate_code('freshet.emit(''*'', ''[[]]'')')
        else freshet.query_code(relation, event, query)
      end,
      'set search_path = ' || schemas
    );
  end loop;
end
$$;

create or replace function freshet.make_query_watch(relation regclass, query text, name text, path name[]) returns void
language sql volatile set search_path = pg_catalog, pg_temp
as $$
  select freshet.make_query_watch(relation, query, name, concat_ws(
    ', ',
    (
      select string_agg(quote_ident(p.name), ', ' order by p.n)
      from unnest(path) with ordinality as p(name, n)
      where p.name !~ '^pg_temp'
    ),
    'pg_temp'
  ))
$$;

create function freshet.remake(watch freshet.watch) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  if watch.purpose <> 'tags' then
    perform freshet.make_session_watch(watch.relation, watch.purpose, watch.scopes[1]);
  elsif watch.query is null then
    perform freshet.watch(watch.relation, watch.tags, watch.scopes, watch.columns, watch.name);
  else
    perform freshet.make_query_watch(
      watch.relation, watch.query, watch.name, regexp_replace(watch.settings, '^set search_path = ', '')
    );
  end if;
end
$$;

-- Makes the watches of a table again as they are recorded, or all that the caller may, so that partitions which have
-- come since get triggers of their own; for a partition manager's hook, or a job that runs now and then. Says how many.
-- One that cannot be made again, because a column is gone, is left as it is and warned of: it goes on to tell more.
create function freshet.rewatch(relation regclass default null) returns integer
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  watch freshet.watch;
  event text;
  made integer := 0;
begin
  perform freshet.sweep();
  for watch in
    select w.*
    from freshet.watch as w join pg_class as c on c.oid = w.relation
    where case
      when relation is not null then w.relation = relation
      else exists (
        select from pg_proc as p
        where p.oid = to_regprocedure(format('freshet.%I()', format('watch_%s_truncate', w.id)))
          and pg_has_role(p.proowner, 'usage')
      )
    end
    order by w.relation, w.id
    -- The record first and the table second, as `watch` does.
    for update of w
  loop
    begin
      perform freshet.remake(watch);
      made := made + 1;
    exception when others then
      raise warning 'Freshet left the watch "%" of % as it is: %', watch.name, watch.relation, sqlerrm;
      foreach event in array freshet.watch_events(watch.purpose) loop
        perform freshet.spread_trigger(watch.id, watch.relation, event);
      end loop;
      perform freshet.install_later(watch.id, watch.relation);
    end;
  end loop;
  return made;
end
$$;

create or replace view freshet.watch_problems as
with watch as (
  select w.*, exists (select from pg_catalog.pg_class as c where c.oid = w.relation) as is_there
  from freshet.watch as w
), wanted as (
  select w.id, w.relation, w.name, f.member, e.event
  from watch as w
  cross join lateral freshet.family(w.relation) as f(member)
  cross join lateral pg_catalog.unnest(freshet.watch_events(w.purpose)) as e(event)
  where w.is_there
)
select w.relation, w.name, 'the table was dropped; freshet.unwatch or any later watch forgets it' as problem
from watch as w
where not w.is_there
union all
select
  w.relation, w.name,
  case
    when t.tgname is not null then pg_catalog.format('the trigger %I of %s is disabled', t.tgname, w.member)
    else pg_catalog.format(
      'until freshet.rewatch(%L), %s', w.relation,
      case when w.event <> 'truncate' and l.tgname is not null
        then pg_catalog.format('a collapsed tag is told to everybody for each %s of %s', w.event, w.member)
        else pg_catalog.format('nothing is told of the %s of %s itself', w.event, w.member)
      end
    )
  end
from wanted as w
left join pg_catalog.pg_trigger as t
  on t.tgrelid = w.member and t.tgname = pg_catalog.format('freshet_%s_%s', w.id, w.event)
left join pg_catalog.pg_trigger as l
  on l.tgrelid = w.member and l.tgname = pg_catalog.format('freshet_%s_later', w.id) and l.tgenabled in ('O', 'A')
where t.tgname is null or t.tgenabled not in ('O', 'A')
union all
select
  w.relation, w.name,
  pg_catalog.format('partitions to come are silent, for the trigger freshet_%s_later is %s; freshet.rewatch makes it',
    w.id, case when t.tgname is null then 'missing' else 'disabled' end)
from watch as w
join pg_catalog.pg_class as c on c.oid = w.relation and c.relkind = 'p'
left join pg_catalog.pg_trigger as t
  on t.tgrelid = w.relation and t.tgname = pg_catalog.format('freshet_%s_later', w.id)
where t.tgname is null or t.tgenabled not in ('O', 'A')
union all
select
  w.relation, w.name,
  case when a.attname is null
    then pg_catalog.format(
      'the column "%s" is gone, so every change is told as a collapsed tag to everybody; watch again', r.key
    )
    else pg_catalog.format(
      'the column "%s" is now %s and was %s, so every change is told as a collapsed tag to everybody; watch again',
      r.key, freshet.type_name(a.atttypid), r.value
    )
  end
from watch as w
cross join lateral pg_catalog.jsonb_each_text(w.reads) as r
left join pg_catalog.pg_attribute as a
  on a.attrelid = w.relation and a.attname = r.key and a.attnum > 0 and not a.attisdropped
where w.is_there and (a.attname is null or freshet.type_name(a.atttypid) <> r.value)
union all
select
  w.relation, w.name,
  pg_catalog.format('it is now a partition or child of %s, which does not fire its triggers', i.inhparent::regclass)
from watch as w join pg_catalog.pg_inherits as i on i.inhrelid = w.relation
union all
select
  w.relation, w.name,
  pg_catalog.format(
    'every write to it fails, for the role %s, which the watch now belongs to, has no right to tell; run '
      'select freshet.grant_watcher(%L)',
    p.proowner::regrole, p.proowner::regrole::text
  )
from watch as w
join pg_catalog.pg_proc as p
  on p.oid = pg_catalog.to_regprocedure(
    pg_catalog.format('freshet.%I()', pg_catalog.format('watch_%s_truncate', w.id))
  )
where w.is_there and not pg_catalog.has_function_privilege(
  p.proowner, case w.purpose when 'tags' then 'freshet.emit(text, text)' else 'freshet.recheck(text, text)' end, 'execute'
)
union all
select w.relation, w.name, pg_catalog.format('%s is a foreign table, whose rows no trigger sees', w.member)
from wanted as w join pg_catalog.pg_class as c on c.oid = w.member
where c.relkind = 'f' and w.event = 'truncate';

revoke execute on function
  freshet.later_code(integer, text), freshet.install_later(integer, regclass),
  freshet.spread_trigger(integer, regclass, text), freshet.make_query_watch(regclass, text, text, text),
  freshet.remake(freshet.watch), freshet.rewatch(regclass)
  from public;

-- Whoever may watch calls these now.
do $$
declare
  watcher name;
begin
  for watcher in
    select r.rolname
    from pg_proc as p cross join lateral aclexplode(p.proacl) as a join pg_roles as r on r.oid = a.grantee
    where p.oid = 'freshet.watch(regclass, text[], text[], text[], text)'::regprocedure and a.grantee <> p.proowner
  loop
    perform freshet.grant_watcher(watcher);
  end loop;
end
$$;

do $$
declare
  watch record;
begin
  for watch in
    select w.id, w.name, w.relation
    from freshet.watch as w join pg_class as c on c.oid = w.relation and c.relkind = 'p'
    order by w.relation, w.id
  loop
    begin
      perform freshet.install_later(watch.id, watch.relation);
    exception when insufficient_privilege then
      raise warning 'Freshet could not reach the table %, so partitions that come to it are silent until its owner calls '
        'freshet.rewatch(%): %', watch.relation, quote_literal(watch.relation), sqlerrm;
    end;
  end loop;
end
$$;
