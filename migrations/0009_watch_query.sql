-- Watches whose tags or scopes need a join: the maker's own query, over the rows that a statement has changed.

-- The query may fail at run time for reasons of its own, so it runs in a block that catches errors. That block only
-- reads, and a subtransaction that only reads takes no transaction id.
create function freshet.query_code(relation regclass, event text, query text) returns text
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select format(
    $code$
#variable_conflict use_column
declare
  scopes text[];
  tags text[];
begin
  begin
    with %s, told as (
      select distinct
        case when p.known then q.scope::text else '*' end as scope,
        f.prefix as template,
        case when p.known then g.tag::text else f.prefix end as tag,
        f.prefix as short
      from (
%s
      ) as q(scope, tags)
      cross join lateral (select freshet.is_scope(q.scope::text)) as p(known)
      cross join lateral pg_catalog.unnest(q.tags::text[]) as u(tag)
      cross join lateral (select freshet.tag(u.tag)) as g(tag)
      cross join lateral (select coalesce('[' || (g.tag -> 0)::text || ']', '[]')) as f(prefix)
      where q.scope is not null and u.tag is not null and exists (select from changed)
    ), %s
  exception when assert_failure or others then
    raise log 'Freshet told everybody to fetch again, because the query of a watch of %% failed: %%',
      tg_relid::regclass, sqlerrm;
    scopes := array['*'];
    tags := array['[[]]'];
  end;
  if cardinality(scopes) > 10000 then
    scopes := array['*'];
    tags := array['[[]]'];
  end if;
  perform freshet.emit(w.scope, w.tags) from unnest(scopes, tags) as w(scope, tags);
  return null;
end
$code$,
    freshet.changed_sql(event, freshet.key_columns(relation), null),
    query,
    freshet.settle_sql()
  )
$$;

-- Runs the query over no row, in the search path that it will have, so that a mistake in it is found now.
create function freshet.check_query(relation regclass, query text, path text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  reason text;
begin
  perform set_config('search_path', path, true);
  begin
    -- The UNION is what insists on two columns of these types.
    execute format(
      $sql$with changed as (select * from %s limit 0)
      select from (select null::text, null::text[] where false union all (
%s
      )) as q$sql$,
      relation, query
    );
  exception when others then
    reason := regexp_replace(sqlerrm, '^(each )?UNION', '');
  end;
  perform set_config('search_path', 'pg_catalog, pg_temp', true);
  if reason is not null then
    raise exception 'Freshet cannot watch % with this query, which must return scope text and tags text[] from '
      '"changed": %.', relation, btrim(reason)
      using errcode = 'invalid_parameter_value';
  end if;
end
$$;

create function freshet.make_query_watch(relation regclass, query text, name text, path name[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
  schemas text := (
    select string_agg(quote_ident(p.name), ', ' order by p.n) from unnest(path) with ordinality as p(name, n)
    where p.name !~ '^pg_temp'
  );
  settings text;
  watch_id integer;
  event text;
begin
  perform freshet.sweep();
  perform freshet.check_relation(relation);
  perform freshet.check_name(relation, name);
  schemas := concat_ws(', ', schemas, 'pg_temp');
  query := regexp_replace(query, '[[:space:];]+$', '');
  perform freshet.check_query(relation, query, schemas);
  settings := 'set search_path = ' || schemas;

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
      settings
    );
  end loop;
end
$$;

-- No search path of its own: it is here that the caller's is read, which the query will run with.
create function freshet.watch_query(relation regclass, query text, name text default 'default') returns void
language sql volatile
as $$ select freshet.make_query_watch(relation, query, name, pg_catalog.current_schemas(false)) $$;

revoke execute on function
  freshet.query_code(regclass, text, text), freshet.check_query(regclass, text, text),
  freshet.make_query_watch(regclass, text, text, name[]), freshet.watch_query(regclass, text, text)
  from public;
