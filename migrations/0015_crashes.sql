-- After a crash of the server a transaction id can be given out twice: those of transactions that had not been flushed
-- begin anew, also where somebody has heard of them. A snapshot of the file system that is put back in place does the
-- same for hours of them. Positions from before then name other transactions, so a new timeline begins.

-- One row while nothing of the kind has happened: PostgreSQL empties an unlogged table whenever it recovers from a crash,
-- and a copy of a running server's files, or a promoted standby, begins its life with a recovery. An orderly restart
-- keeps it. (PostgreSQL manual, CREATE TABLE, UNLOGGED.)
create unlogged table freshet.uninterrupted (
  only_row boolean primary key default true check (only_row)
);

insert into freshet.uninterrupted default values;

-- As before, and in addition: a crash begins a new timeline too.
create or replace function freshet.attach()
returns table (timeline text, secret bytea, complete_from text, delivery text, history interval, migration integer)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  current_identity text;
  crashed boolean;
begin
  if current_setting('transaction_read_only') = 'off' then
    perform freshet.begin_log();
    current_identity := freshet.identity();
    crashed := not exists (select from freshet.uninterrupted);
    update freshet.timeline as t
    set name = freshet.new_timeline_name(), identity = current_identity, secret = freshet.random_bytes(),
      knows_encoding = getdatabaseencoding() <> 'SQL_ASCII', began_at = now()
    where t.identity <> current_identity or crashed;
    if found then
      insert into freshet.uninterrupted default values on conflict do nothing;
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
