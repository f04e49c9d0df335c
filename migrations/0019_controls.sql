-- What an administrator has told all replicas to do, for as long as the row stands: to hold all deliveries, or to drop
-- those of a tag and of what it covers. The rows are the truth, whoever writes them; a notification only has the replicas
-- look at them.

create table freshet.control (
  name text not null check (name in ('pause', 'disable')),
  -- In its text form; empty for a pause, which is of everything.
  tag text not null default '',
  made_by text not null default session_user check (octet_length(made_by) <= 1000),
  made_at timestamptz not null default now(),
  primary key (name, tag),
  constraint control_tag check ((name = 'pause') = (tag = '')),
  -- Also of a row that somebody writes by hand: every replica reads it.
  constraint control_tag_form check (
    tag !~ '%(?!2F|25)' and octet_length(tag) <= 1000 and cardinality(string_to_array(tag, '/')) <= 16
  )
);

-- Moves with every change of the rows, in the same transaction, so that whoever has read both knows whether it has the
-- newest. A sequence would move before the rows do.
create table freshet.control_version (
  is_only boolean primary key default true check (is_only),
  version bigint not null
);
insert into freshet.control_version (version) values (0);

create function freshet.tell_controls() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  update freshet.control_version set version = version + 1;
  perform pg_notify('freshet', '{"control":"controls"}');
  return null;
end
$$;

create trigger tell_controls after insert or update or delete or truncate on freshet.control
  for each statement execute function freshet.tell_controls();

create function freshet.controls() returns table (version bigint, is_paused boolean, disabled text[])
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select
    v.version,
    exists (select from freshet.control as c where c.name = 'pause'),
    coalesce((select array_agg(c.tag order by c.tag) from freshet.control as c where c.name = 'disable'), '{}')
  from freshet.control_version as v
$$;

-- Refuses what are no tags; `purpose` is the verb of what they were for.
create function freshet.check_tags(tags text[], purpose text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  tag text;
begin
  if cardinality(tags) is null or cardinality(tags) not between 1 and 1000 then
    raise exception 'Freshet can % 1 to 1000 tags at a time; there are %.', purpose, coalesce(cardinality(tags), 0)
      using errcode = 'invalid_parameter_value';
  end if;
  foreach tag in array tags loop
    if tag is null or tag = '' or cardinality(string_to_array(tag, '/')) > 16
      or octet_length(tag) > 1000 or tag ~ '%(?!2F|2f|25)' then
      raise exception 'Freshet cannot % "%": a tag has 1 to 16 segments between slashes, in which "/" and "%%" are '
        'written "%%2F" and "%%25", and at most 1,000 bytes.', purpose, left(tag, 200)
        using errcode = 'invalid_parameter_value';
    end if;
  end loop;
end
$$;

-- As before, with the checks that others need, too.
create or replace function freshet.invalidate(tags text[], scope text default 'global') returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform freshet.check_tags(tags, 'invalidate');
  if freshet.is_scope(scope) is not true then
    raise exception 'Freshet cannot invalidate for the scope "%": a scope is "global", "*", or a kind and an id such '
      'as "user/42", of at most 500 bytes.', left(scope, 200)
      using errcode = 'invalid_parameter_value';
  end if;
  perform freshet.emit(
    scope, (select jsonb_agg(freshet.tag(t.tag) order by t.n)::text from unnest(tags) with ordinality as t(tag, n))
  );
  return freshet.position();
end
$$;

-- Holds all deliveries, and the position of every stream, until `freshet.resume`.
create function freshet.pause(made_by text default session_user) returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into freshet.control (name, made_by) values ('pause', left(made_by, 200)) on conflict do nothing
$$;

-- Every stream is told what it has missed, from its own position.
create function freshet.resume() returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$ delete from freshet.control where name = 'pause' $$;

-- Drops the deliveries of these tags and of those that they cover, until `freshet.enable_tags`.
create function freshet.disable_tags(tags text[], made_by text default session_user) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform freshet.check_tags(tags, 'disable');
  insert into freshet.control (name, tag, made_by)
  select 'disable', replace(t.tag, '%2f', '%2F'), left(disable_tags.made_by, 200) from unnest(tags) as t(tag)
  on conflict do nothing;
  if (select count(*) from freshet.control as c where c.name = 'disable') > 1000 then
    raise exception 'Freshet can disable at most 1000 tags; enable some first, or disable one that covers them.'
      using errcode = 'program_limit_exceeded';
  end if;
end
$$;

-- Delivers these tags again, and invalidates them for everybody, so that whoever missed one is told. The word about the
-- rows goes out first: whoever hears of the tags after it has looked at the rows, and delivers them.
create function freshet.enable_tags(tags text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform freshet.check_tags(tags, 'enable');
  delete from freshet.control as c
  where c.name = 'disable' and c.tag in (select replace(t.tag, '%2f', '%2F') from unnest(tags) as t(tag));
  perform freshet.invalidate(tags, '*');
end
$$;

-- As before, and in addition the version of the controls, by which a poll knows that it has to look at them before it
-- tells what it has read.
drop function freshet.log_status();
create function freshet.log_status()
returns table (polled boolean, switches bigint, complete_from text, controls bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select t.polled, t.switches, l.complete_from::text, c.version
  from freshet.timeline as t cross join freshet.log_state as l cross join freshet.control_version as c
$$;

revoke execute on function
  freshet.tell_controls(), freshet.controls(), freshet.check_tags(text[], text), freshet.pause(text), freshet.resume(),
  freshet.disable_tags(text[], text), freshet.enable_tags(text[]), freshet.log_status()
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
    freshet.enable_tags(text[])
    to freshet_service;
  return null;
end
$$;
