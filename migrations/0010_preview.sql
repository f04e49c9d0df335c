-- What a statement would tell, without its doing anything.

-- The invalidations of the calling transaction after the log's row `after`. For everybody: it shows a session no more
-- than what it did itself.
create function freshet.emitted(after bigint) returns table (id bigint, scope text, tags jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select e.id, e.scope, e.tags
  from freshet.event as e
  where e.xid = pg_current_xact_id_if_assigned() and e.id > after
  order by e.id
$$;

-- The statement runs in a subtransaction that is always rolled back: its changes, its log rows and its notifications
-- are gone, and what they were is kept in variables. It has no search path of its own, because the statement is to find
-- what the caller would; every other name in it is qualified.
create function freshet.preview(statement text) returns table (scope text, tags jsonb)
language plpgsql volatile
as $$
#variable_conflict use_column
declare
  before bigint;
  scopes text[];
  sets jsonb[];
begin
  if pg_catalog.btrim(coalesce(statement, '')) = '' then
    raise exception 'Freshet cannot preview an empty statement.' using errcode = 'invalid_parameter_value';
  end if;
  select coalesce(pg_catalog.max(e.id), 0) into before from freshet.emitted(0) as e;
  begin
    -- Has `emit` write the log even where none is kept.
    perform pg_catalog.set_config('freshet.preview', 'on', true);
    execute statement;
    select pg_catalog.array_agg(e.scope order by e.id), pg_catalog.array_agg(e.tags order by e.id) into scopes, sets
    from freshet.emitted(before) as e;
    raise exception using errcode = 'FR001', message = 'the preview ends here';
  exception when sqlstate 'FR001' then
    null;
  end;
  return query select u.scope, u.tags from unnest(scopes, sets) as u(scope, tags);
end
$$;

revoke execute on function freshet.emitted(bigint), freshet.preview(text) from public;
grant execute on function freshet.emitted(bigint), freshet.preview(text) to public;
