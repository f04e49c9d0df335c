-- The log of invalidations, and `emit`, the one place that writes it and notifies. Everything that tells the service of
-- a change ends here.

-- `horizon` is the oldest transaction that was still running when the row was written. When the row is delivered, every
-- row of a transaction below it has been, because PostgreSQL queues notifications in commit order.
-- The key is what a replay scans: every transaction from a position on.
create table freshet.event (
  id bigint generated always as identity,
  xid xid8 not null,
  horizon xid8 not null,
  scope text not null,
  tags jsonb not null,
  origin text,
  at timestamptz not null default clock_timestamp(),
  primary key (xid, id)
);

-- Reads the text form of a tag, `todo/42`. It never fails, because triggers hand it whatever a query returned: what is
-- too long for a payload, or has more than 16 segments, is cut to a prefix, which covers it.
create function freshet.tag(tag text) returns jsonb
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(s.segment order by s.n), '[]')
  from (
    select r.n, r.segment, sum(coalesce(octet_length(r.segment::text), 2000) + 2) over (order by r.n) as bytes
    from (
      select
        w.n,
        case
          when octet_length(w.word) > 2000 then null
          when w.word ~ '^(0|[1-9][0-9]{0,15})$' and w.word::bigint < 9007199254740992 then to_jsonb(w.word::bigint)
          else to_jsonb(replace(replace(replace(w.word, '%2F', '/'), '%2f', '/'), '%25', '%'))
        end as segment
      from unnest(case when tag = '' then array[''] else string_to_array(tag, '/') end)
        with ordinality as w(word, n)
      where w.n <= 16
    ) as r
  ) as s
  where s.bytes <= 2000
$$;

-- Whether a text is a scope that a session can be granted, or that all hear, and fits in a payload beside a tag.
create function freshet.is_scope(scope text) returns boolean
language sql immutable parallel safe set search_path = pg_catalog, pg_temp
as $$ select octet_length(scope) <= 500 and (scope in ('global', '*') or scope ~ '^[^/]+/.') $$;

create function freshet.max_tags() returns integer
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select coalesce((select s.value::integer from freshet.setting as s where s.name = 'max_tags'), 100) $$;

-- Sends one set of tags in as many payloads as it takes. `rest` is everything of the payload after the tags.
create function freshet.notify_split(tags jsonb, rest text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  room constant integer := 7999 - octet_length('{"tags":[]') - octet_length(rest);
  batch text;
  one text;
  tag jsonb;
begin
  for tag in select e.value from jsonb_array_elements(tags) as e loop
    one := tag::text;
    while octet_length(one) > room loop
      tag := tag - (jsonb_array_length(tag) - 1);
      one := tag::text;
    end loop;
    if octet_length(batch) + octet_length(one) + 1 > room then
      perform pg_notify('freshet', format('{"tags":[%s]%s', batch, rest));
      batch := null;
    end if;
    batch := concat_ws(',', batch, one);
  end loop;
  perform pg_notify('freshet', format('{"tags":[%s]%s', batch, rest));
end
$$;

-- Whether the service could read a text. Only a database that does not know its encoding can hold one that it could not.
create function freshet.is_readable(text text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if getdatabaseencoding() = 'SQL_ASCII' then
    perform convert_from(convert_to(text, 'SQL_ASCII'), 'UTF8');
  end if;
  return true;
exception when character_not_in_repertoire or untranslatable_character then
  return false;
end
$$;

-- Logs and notifies that these tags, a JSON array of tags in wire form, went stale for a scope.
--
-- It belongs to the owner of this schema and runs with the owner's rights, so that whoever writes a watched table needs
-- no right here at all. A statement pays for every expression anew, so there are few of them. The result is null: for a
-- trigger that calls it in the middle of a query, nothing is left to do. Strict: a scope that is null is nobody.
create function freshet.emit(scope text, tags text) returns text
language plpgsql volatile strict security definer set search_path = pg_catalog, pg_temp
as $$
<<this>>
declare
  -- Before anything is read: whoever switches the log on counts on it (see `begin_log`).
  xid constant xid8 := pg_current_xact_id();
  horizon constant xid8 := pg_snapshot_xmin(pg_current_snapshot());
  origin text := left(nullif(current_setting('freshet.origin', true), ''), 200);
  secret bytea;
  logged boolean;
  payload text;
begin
  select t.secret, t.keeps_log and t.knows_encoding into secret, logged from freshet.timeline as t;

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

-- Invalidates by hand, inside any transaction.
create function freshet.invalidate(tags text[], scope text default 'global') returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  tag text;
begin
  if cardinality(tags) is null or cardinality(tags) not between 1 and 1000 then
    raise exception 'Freshet invalidates 1 to 1000 tags at a time; there are %.', coalesce(cardinality(tags), 0)
      using errcode = 'invalid_parameter_value';
  end if;
  foreach tag in array tags loop
    if tag is null or tag = '' or cardinality(string_to_array(tag, '/')) > 16
      or octet_length(tag) > 1000 or tag ~ '%(?!2F|2f|25)' then
      raise exception 'Freshet cannot invalidate "%": a tag has 1 to 16 segments between slashes, in which "/" '
        'and "%%" are written "%%2F" and "%%25", and at most 1,000 bytes.', left(tag, 200)
        using errcode = 'invalid_parameter_value';
    end if;
  end loop;
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

-- Says where the log begins to be complete, in a database that has just begun to keep one. This transaction must have
-- seen that it is kept before it took its own id: every transaction that did not see it took an id before that.
create function freshet.begin_log() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if pg_current_xact_id_if_assigned() is null and (select t.keeps_log from freshet.timeline as t) then
    update freshet.log_state set complete_from = pg_current_xact_id() where complete_from is null;
  end if;
end
$$;

-- Deletes up to `batch` of the oldest rows that have outlived `history`, oldest transaction first, and moves the
-- beginning of the complete log past them in the same transaction. Replicas of the service may all call it: one works,
-- the others return 0.
create function freshet.prune(batch integer default 1000) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  kept constant interval := (select s.value from freshet.setting as s where s.name = 'history');
  deleted integer;
  newest xid8;
begin
  if not pg_try_advisory_xact_lock(7381641280151) then
    return 0;
  end if;
  perform freshet.begin_log();
  with oldest as (
    select e.xid, e.id, bool_and(e.at < now() - kept) over (order by e.xid, e.id) as outlived
    from (
      select e.xid, e.id, e.at
      from freshet.event as e
      where e.xid < pg_snapshot_xmin(pg_current_snapshot())
      order by e.xid, e.id
      limit batch
    ) as e
  ), gone as (
    delete from freshet.event as e using oldest as o
    where o.outlived and (e.xid, e.id) = (o.xid, o.id)
    returning e.xid
  )
  select count(*), (array_agg(g.xid order by g.xid desc))[1] into deleted, newest from gone as g;

  if deleted > 0 then
    update freshet.log_state as l
    set complete_from = (newest::text::bigint + 1)::text::xid8
    where l.complete_from <= newest;
  end if;
  return deleted;
end
$$;

revoke execute on function
  freshet.is_scope(text), freshet.max_tags(), freshet.notify_split(jsonb, text), freshet.is_readable(text),
  freshet.emit(text, text),
  freshet.begin_log(), freshet.prune(integer)
  from public;
