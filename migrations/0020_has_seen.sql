-- Whoever refetches from a replica that lags would be shown what was there before. An invalidation names its transactions,
-- and this tells when the replica shows them.

-- Whether the calling snapshot shows all that a transaction has done: true also where it has done nothing, being rolled
-- back. Once true of a snapshot, it is of every later one of the same server.
--
-- The snapshot of a replica does not list what is still running (its `xip` is empty, unlike a primary's), so there the row
-- that the transaction has left in the log stands for everything else it has written. Where no log is kept only the
-- transaction's status is left to ask, which can be newer than the snapshot: the next statement's has it then, where each
-- statement has one of its own.
create function freshet.has_seen(txid text) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  seen constant pg_snapshot := pg_current_snapshot();
  number numeric;
  wanted xid8;
begin
  if has_seen.txid is null then return null; end if;
  if has_seen.txid ~ '^[0-9]{1,20}$' then number := has_seen.txid::numeric; end if;
  if number is null or number > 18446744073709551615 then
    raise exception 'Freshet cannot tell whether transaction "%" has been seen: the id of a transaction is a whole number, '
      'as an invalidation has it in "txids" and pg_current_xact_id() gives it.', has_seen.txid
      using errcode = 'invalid_parameter_value';
  end if;
  wanted := has_seen.txid::xid8;
  if wanted < pg_snapshot_xmin(seen) or wanted = pg_current_xact_id_if_assigned() then return true; end if;
  if not pg_is_in_recovery() then return pg_visible_in_snapshot(wanted, seen); end if;
  if wanted >= pg_snapshot_xmax(seen) then return false; end if;
  if exists (select from freshet.event as e where e.xid = wanted) then return true; end if;
  return current_setting('transaction_isolation') = 'read committed'
    and not (select t.keeps_log from freshet.timeline as t)
    and pg_xact_status(wanted) <> 'in progress';
end
$$;
