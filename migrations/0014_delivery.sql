-- Delivery `poll`: transactions only write the log, and the service reads what it has not seen at short intervals. So
-- nothing serialises their commits, and no commit fails because PostgreSQL's NOTIFY queue is full.
--
-- The two ways may be switched while transactions run, so that some still leave to the log what others already notify.
-- The service can tell when the last of them has ended, by this: whoever leaves something to the log took its
-- transaction id before it looked at how to deliver. A snapshot that shows the switch therefore knows all of their ids.

-- `switches` tells each switch from every other, so that whoever hears of a setting can tell whether anything was switched
-- meanwhile.
alter table freshet.timeline
  add column polled boolean not null default false,
  add column switches bigint not null default 0,
  add constraint polled_needs_log check (keeps_log or not polled);

-- What `repeatable read` and `serializable` look at beside the row above: their snapshot may be older than a switch, and a
-- sequence is the one thing in PostgreSQL that every snapshot sees as it is now. It moves before a switch commits, and
-- stays where it is when one rolls back: whose snapshot has another number than this is not sure, and notifies.
create sequence freshet.switch_begun minvalue 0 start 0;
select setval('freshet.switch_begun', 0) as begun \gset

alter table freshet.setting drop constraint setting_check;
alter table freshet.setting add constraint setting_check check (
  case name
    when 'history' then value::interval >= interval '0'
    when 'max_tags' then value ~ '^[1-9][0-9]{0,3}$'
    when 'delivery' then value in ('notify', 'poll')
    else false
  end
);

create or replace function freshet.configure(name text, value text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  wanted text := coalesce(btrim(configure.value), '');
  refused boolean := false;
  allowed text;
  kept boolean;
begin
  case configure.name
    when 'history' then
      allowed := 'an interval of zero or more, such as "1 hour"; "0" keeps no log';
      begin
        -- The subtraction is what `prune` will do; an interval past the range of dates must not fail there.
        refused := wanted::interval < interval '0' or now() - wanted::interval is null;
        kept := wanted::interval > interval '0';
      exception when data_exception then
        refused := true;
      end;
    when 'max_tags' then
      allowed := 'a whole number from 1 to 9999';
      refused := wanted !~ '^[1-9][0-9]{0,3}$';
    when 'delivery' then
      allowed := '"notify" or "poll"';
      refused := wanted not in ('notify', 'poll');
    else
      raise exception 'Freshet has no setting "%"; there are "history", "max_tags" and "delivery".', configure.name
        using errcode = 'invalid_parameter_value';
  end case;
  if refused then
    raise exception 'Freshet cannot set "%" to "%"; allowed is %.', configure.name, configure.value, allowed
      using errcode = 'invalid_parameter_value';
  end if;

  -- First, because it lets one transaction at a time change a setting.
  insert into freshet.setting as s (name, value) values (configure.name, wanted)
    on conflict on constraint setting_pkey do update set value = excluded.value;
  begin
    if configure.name = 'history' then
      update freshet.timeline as t set keeps_log = kept where t.keeps_log <> kept;
      if not kept then
        update freshet.log_state set complete_from = null;
      end if;
    elsif configure.name = 'delivery' then
      -- Whoever began before the log was switched on may notify and log nothing, which a poll would pass over.
      if wanted = 'poll' and (select t.keeps_log from freshet.timeline as t) and not exists (
        select from freshet.log_state as l where l.complete_from <= pg_snapshot_xmin(pg_current_snapshot())
      ) then
        raise exception 'Freshet cannot set "delivery" to "poll" yet: a transaction still runs that began before the log '
          'was switched on. Run select freshet.prune(), and try again when it has ended.'
          using errcode = 'object_not_in_prerequisite_state';
      end if;
      update freshet.timeline as t
        set polled = (wanted = 'poll'),
          switches = (select setval('freshet.switch_begun', b.last_value + 1) from freshet.switch_begun as b);
    end if;
  exception when check_violation then
    raise exception 'Freshet cannot set "%" to "%": delivery "poll" reads the log, which history "0" does not keep. '
      'Set "%" first.', configure.name, wanted, case configure.name when 'history' then 'delivery' else 'history' end
      using errcode = 'invalid_parameter_value';
  end;
  perform pg_notify('freshet', '{"control":"settings"}');
end
$$;

-- As before, and in addition: where the log is polled, nothing is notified.
create or replace function freshet.emit(scope text, tags text) returns text
language plpgsql volatile strict security definer set search_path = pg_catalog, pg_temp
as $$
<<this>>
declare
  -- Before anything is read: whoever switches the log on, or the delivery, counts on it (see `begin_log` and above).
  xid constant xid8 := pg_current_xact_id();
  horizon constant xid8 := pg_snapshot_xmin(pg_current_snapshot());
  origin text := left(nullif(current_setting('freshet.origin', true), ''), 200);
  secret bytea;
  logged boolean;
  polled boolean;
  switches bigint;
  payload text;
begin
  select t.secret, t.keeps_log and t.knows_encoding, t.polled, t.switches into secret, logged, polled, switches
    from freshet.timeline as t;

  if not logged then
    if not freshet.is_readable(concat(scope, tags, origin)) then
      scope := '*';
      tags := '[[]]';
      origin := null;
    end if;
    -- A snapshot from before the log was switched on must not leave a hole in it, and a preview reads the log.
    logged := (select t.keeps_log from freshet.timeline as t)
      or current_setting('transaction_isolation') <> 'read committed'
      or current_setting('freshet.preview', true) = 'on';
  end if;
  if logged then
    insert into freshet.event (xid, horizon, scope, tags, origin)
    values (this.xid, this.horizon, emit.scope, emit.tags::jsonb, this.origin);
  end if;
  if polled and (
    current_setting('transaction_isolation') = 'read committed'
    or switches = (select b.last_value from freshet.switch_begun as b)
  ) then
    return null;
  end if;
  payload := format(
    '{"tags":%s,"scope":%s,"xid":"%s","horizon":"%s"%s,"proof":"%s"}',
    tags, to_json(scope), xid, horizon, ',"origin":' || to_json(origin),
    left(encode(sha256(secret || format('%s:%s', xid, horizon)::bytea), 'hex'), 32)
  );
  if octet_length(payload) < 8000 then
    return nullif(pg_notify('freshet', payload)::text, '');
  end if;
  perform freshet.notify_split(tags::jsonb, substr(payload, length(format('{"tags":%s', tags)) + 1));
  return null;
end
$$;

-- As before, and in addition the request stands in the log, under a scope that is nobody's. There a poll finds it not
-- later than anything that was committed after it, however that is delivered.
create or replace function freshet.recheck(purpose text, id text) returns text
language plpgsql volatile strict security definer set search_path = pg_catalog, pg_temp
as $$
declare
  -- Before anything is read, as in `emit`.
  xid constant xid8 := pg_current_xact_id();
  logged boolean;
  polled boolean;
  switches bigint;
begin
  select t.keeps_log or current_setting('transaction_isolation') <> 'read committed', t.polled, t.switches
    into logged, polled, switches
    from freshet.timeline as t;
  if octet_length(id) > 1000 or not freshet.is_readable(id) then
    id := '*';
  end if;
  if logged then
    insert into freshet.event (xid, horizon, scope, tags)
    values (xid, pg_snapshot_xmin(pg_current_snapshot()), purpose, jsonb_build_array(id));
  end if;
  if polled and (
    current_setting('transaction_isolation') = 'read committed'
    or switches = (select b.last_value from freshet.switch_begun as b)
  ) then
    return null;
  end if;
  return nullif(pg_notify('freshet', format('{%s:%s}', to_json(purpose), to_json(id)))::text, '');
end
$$;

-- As before, without the requests to the service.
create or replace function freshet.emitted(after bigint) returns table (id bigint, scope text, tags jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select e.id, e.scope, e.tags
  from freshet.event as e
  where e.xid = pg_current_xact_id_if_assigned() and e.id > after and e.scope not in ('session', 'user')
  order by e.id
$$;

-- What a poll has to know beside the log's rows, of the same snapshot. Null where the log's beginning is not known.
create function freshet.log_status() returns table (polled boolean, switches bigint, complete_from text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select t.polled, t.switches, l.complete_from::text from freshet.timeline as t cross join freshet.log_state as l
$$;

revoke execute on function freshet.log_status() from public;

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
    freshet.event, freshet.setting, freshet.migration, freshet.watches, freshet.watch_problems
    to freshet_service;
  grant execute on function
    freshet.attach(), freshet.beat(text), freshet.lookup_sessions(text[]), freshet.authenticate(text),
    freshet.log_status(), freshet.prune(integer), freshet.position(), freshet.invalidate(text[], text),
    freshet.family(regclass), freshet.watch_events(text), freshet.type_name(oid)
    to freshet_service;
  return null;
end
$$;
