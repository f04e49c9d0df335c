-- Whoever refetches from a replica that lags would be shown what was there before. An invalidation names its transactions,
-- and this tells when the replica shows them.

-- Whether the calling snapshot shows all that a transaction has done: true also where it has done nothing, being rolled
-- back. Instead of a transaction's id it takes a position, which stands for all transactions below it; one of another
-- timeline is not seen. Once true of a snapshot, it is of every later one of the same server.
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
  parts constant text[] := regexp_match(has_seen.txid, '^(?:([a-z0-9]+)-)?([0-9]{1,20})$');
  wanted xid8;
begin
  if has_seen.txid is null then return null; end if;
  if parts is null or parts[2]::numeric > 18446744073709551615 then
    raise exception 'Freshet cannot tell whether "%" has been seen: that is neither the id of a transaction, as an '
      'invalidation has it in "txids" and pg_current_xact_id() gives it, nor a position.', has_seen.txid
      using errcode = 'invalid_parameter_value';
  end if;
  wanted := parts[2]::xid8;
  if parts[1] is not null then
    return wanted <= pg_snapshot_xmin(seen) and parts[1] = (select t.name from freshet.timeline as t);
  end if;
  if wanted < pg_snapshot_xmin(seen) or wanted = pg_current_xact_id_if_assigned() then return true; end if;
  if not pg_is_in_recovery() then return pg_visible_in_snapshot(wanted, seen); end if;
  if wanted >= pg_snapshot_xmax(seen) then return false; end if;
  if exists (select from freshet.event as e where e.xid = wanted) then return true; end if;
  return current_setting('transaction_isolation') = 'read committed'
    and not (select t.keeps_log from freshet.timeline as t)
    and pg_xact_status(wanted) <> 'in progress';
end
$$;
