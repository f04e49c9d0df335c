-- What every other migration stands on: the schema, the record of migrations, the settings, and the timeline, which
-- says in which history of this database a position is valid.

create schema if not exists freshet;
grant usage on schema freshet to public;

create table freshet.migration (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default now()
);

-- The check keeps out what `configure` would have refused: a trigger reads these values and must never fail on one.
create table freshet.setting (
  name text primary key,
  value text not null,
  check (
    case name
      when 'history' then value::interval >= interval '0'
      when 'max_tags' then value ~ '^[1-9][0-9]{0,3}$'
      when 'delivery' then value = 'notify'
      else false
    end
  )
);

insert into freshet.setting (name, value)
values ('history', '1 hour'), ('max_tags', '100'), ('delivery', 'notify');

-- One row: the history that this database is living through. It is what `emit` reads at every statement, so it holds
-- nothing that changes often: each change leaves a dead row version that every reader steps over.
-- `identity` tells a database from its copies. The secret proves that a payload came from `emit`, because PostgreSQL
-- lets every login NOTIFY.
create table freshet.timeline (
  only_row boolean primary key default true check (only_row),
  name text not null check (name ~ '^[0-9a-z]{1,64}$'),
  identity text not null,
  secret bytea not null,
  keeps_log boolean not null,
  -- False in a database that does not know its encoding (SQL_ASCII), where any text may be no UTF-8.
  knows_encoding boolean not null,
  began_at timestamptz not null default now()
);

-- One row: the log is complete for every transaction from `complete_from` on. From 0 in the beginning, because nothing
-- was ever told before this schema was there. Null after the log was switched off, until the service, or `prune`, has
-- first looked at a database that keeps one again.
create table freshet.log_state (
  only_row boolean primary key default true check (only_row),
  complete_from xid8
);

insert into freshet.log_state (complete_from) values ('0');

-- Identifies the cluster, its WAL history and the database, each of which changes what a transaction id means. Where a
-- hosting provider forbids one of these functions, that part is a dash and the others still tell.
create function freshet.identity() returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  cluster text := '-';
  history text := '-';
begin
  begin
    select c.system_identifier into cluster from pg_control_system() as c;
  exception when insufficient_privilege then null;
  end;
  begin
    -- Not pg_control_checkpoint(): after a promotion it names the old history until the next checkpoint.
    history := left(pg_walfile_name(pg_current_wal_lsn()), 8);
  exception when insufficient_privilege then null;
  end;
  return format(
    '%s/%s/%s', cluster, history, (select d.oid from pg_database as d where d.datname = current_database())
  );
end
$$;

-- 256 bits that nobody can guess, from the only strong source that PostgreSQL has without an extension.
create function freshet.random_bytes() returns bytea
language sql volatile set search_path = pg_catalog, pg_temp
as $$
  select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
$$;

create function freshet.new_timeline_name() returns text
language sql volatile set search_path = pg_catalog, pg_temp
as $$ select 'k' || left(encode(freshet.random_bytes(), 'hex'), 12) $$;

insert into freshet.timeline (name, identity, secret, keeps_log, knows_encoding)
values (
  freshet.new_timeline_name(), freshet.identity(), freshet.random_bytes(), true, getdatabaseencoding() <> 'SQL_ASCII'
);

-- STABLE, so that it sees the snapshot of the query that calls it and not a newer one: what that query did not see is
-- then never below the position.
create function freshet.position() returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select t.name || '-' || pg_snapshot_xmin(pg_current_snapshot())::text from freshet.timeline as t
$$;

create function freshet.configure(name text, value text) returns void
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
      allowed := '"notify"';
      if wanted = 'poll' then
        raise exception 'Freshet cannot set "delivery" to "poll", which is not available yet; allowed is %.', allowed
          using errcode = 'feature_not_supported';
      end if;
      refused := wanted <> 'notify';
    else
      raise exception 'Freshet has no setting "%"; there are "history", "max_tags" and "delivery".', configure.name
        using errcode = 'invalid_parameter_value';
  end case;
  if refused then
    raise exception 'Freshet cannot set "%" to "%"; allowed is %.', configure.name, configure.value, allowed
      using errcode = 'invalid_parameter_value';
  end if;

  insert into freshet.setting as s (name, value) values (configure.name, wanted)
    on conflict on constraint setting_pkey do update set value = excluded.value;
  if configure.name = 'history' then
    update freshet.timeline as t set keeps_log = kept where t.keeps_log <> kept;
    if not kept then
      update freshet.log_state set complete_from = null;
    end if;
  end if;
  perform pg_notify('freshet', '{"control":"settings"}');
end
$$;

revoke execute on function
  freshet.identity(), freshet.random_bytes(), freshet.new_timeline_name(), freshet.configure(text, text)
  from public;
