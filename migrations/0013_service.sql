-- What the service calls, and the role that lets it: everything here is for freshet_service alone.

-- Called after LISTEN at each connect. Where this is no longer the database that the timeline was begun in, because it
-- was promoted, restored or copied, positions of the old one would name other transactions: so a new timeline begins.
-- On a standby nothing can be written, and nothing needs to be.
create function freshet.attach()
returns table (timeline text, secret bytea, complete_from text, delivery text, history interval, migration integer)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  current_identity text;
begin
  if current_setting('transaction_read_only') = 'off' then
    perform freshet.begin_log();
    current_identity := freshet.identity();
    update freshet.timeline as t
    set name = freshet.new_timeline_name(), identity = current_identity, secret = freshet.random_bytes(),
      knows_encoding = getdatabaseencoding() <> 'SQL_ASCII', began_at = now()
    where t.identity <> current_identity;
    if found then
      -- Rows that came with a dump bear ids that this database has yet to give out.
      delete from freshet.event as e where e.xid >= pg_current_xact_id();
      -- Whatever this database has committed under the new name is in its log, also by transactions that began before.
      update freshet.log_state as l
      set complete_from = least(l.complete_from, pg_snapshot_xmin(pg_current_snapshot()))
      where l.complete_from is not null;
    end if;
  end if;
  return query
  select
    t.name, t.secret, case when t.keeps_log then l.complete_from::text end,
    coalesce((select s.value from freshet.setting as s where s.name = 'delivery'), 'notify'),
    coalesce((select s.value from freshet.setting as s where s.name = 'history'), '1 hour')::interval,
    (select max(m.version) from freshet.migration as m)
  from freshet.timeline as t cross join freshet.log_state as l;
end
$$;

-- The round trip that proves LISTEN. The position that it yields must outlive a crash of the server, so everything
-- before it is flushed: a transaction that only notifies flushes nothing, hence the message, and an asynchronous commit
-- may not be flushed, hence the setting, which must still hold at commit and so is not one of this function's own.
create function freshet.beat(nonce text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  xid constant xid8 := pg_current_xact_id();
  horizon constant xid8 := pg_snapshot_xmin(pg_current_snapshot());
  key constant bytea := (select t.secret from freshet.timeline as t);
begin
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  perform pg_logical_emit_message(true, 'freshet', '');
  -- The horizon travels in the notification, so that it takes its place among those of the triggers.
  perform pg_notify('freshet', format(
    '{"beat":%s,"xid":"%s","horizon":"%s","proof":"%s"}', to_json(nonce), xid, horizon,
    left(encode(sha256(key || format('%s:%s', xid, horizon)::bytea), 'hex'), 32)
  ));
  return horizon::text;
end
$$;

-- A type's name as `freshet.watch.reads` holds it, whatever the search path of who asks.
create function freshet.type_name(type oid) returns text
language sql stable set search_path = pg_catalog, pg_temp
as $$ select format_type(type, null) $$;

-- What stands between a watch and a change that it should tell of. Empty where all is well.
create view freshet.watch_problems as
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
  case when t.tgname is null
    then pg_catalog.format('%s has no trigger for %s; watch %s again', w.member, w.event, w.relation)
    else pg_catalog.format('the trigger %I of %s is disabled', t.tgname, w.member)
  end
from wanted as w
left join pg_catalog.pg_trigger as t
  on t.tgrelid = w.member and t.tgname = pg_catalog.format('freshet_%s_%s', w.id, w.event)
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
select w.relation, w.name, pg_catalog.format('%s is a foreign table, whose rows no trigger sees', w.member)
from wanted as w join pg_catalog.pg_class as c on c.oid = w.member
where c.relkind = 'f' and w.event = 'truncate';

-- Grants the service its rights, after making its role where that may be done. Returns null, or what an administrator
-- has to run first. `apply.sql` calls it each time, because the role belongs to the cluster and not to this database.
create function freshet.grant_service() returns text
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
    freshet.event, freshet.setting, freshet.migration, freshet.watches, freshet.watch_problems
    to freshet_service;
  grant execute on function
    freshet.attach(), freshet.beat(text), freshet.lookup_sessions(text[]), freshet.authenticate(text),
    freshet.prune(integer), freshet.position(), freshet.invalidate(text[], text),
    freshet.family(regclass), freshet.watch_events(text), freshet.type_name(oid)
    to freshet_service;
  return null;
end
$$;

-- Lets another role than this schema's owner make watches of its own tables. Of the functions that run with the owner's
-- rights it gets those alone that triggers end in.
create function freshet.grant_watcher(role_name name) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  allowed regprocedure;
begin
  execute format('grant usage, create on schema freshet to %I', role_name);
  execute format('grant select, insert, update, delete on freshet.watch to %I', role_name);
  execute format('grant select on freshet.watches, freshet.watch_problems to %I', role_name);
  for allowed in
    select p.oid from pg_proc as p
    where p.pronamespace = 'freshet'::regnamespace
      and (not p.prosecdef or p.proname in ('emit', 'max_tags', 'recheck')) and p.prorettype <> 'trigger'::regtype
  loop
    execute format('grant execute on function %s to %I', allowed, role_name);
  end loop;
end
$$;

revoke execute on function
  freshet.attach(), freshet.beat(text), freshet.type_name(oid), freshet.grant_service(), freshet.grant_watcher(name)
  from public;
