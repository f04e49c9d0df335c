-- What could still make a write fail, or take for ever: the code of a watch's trigger functions, once more.

-- Whether a key is not unique any more, because its constraint was dropped after the watch was made: as SQL text. The
-- join of old and new rows by such a key can be the square of their number.
create function freshet.repeated_sql(key text[]) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select format(
    'exists (select from freshet_new_rows as n group by %s having pg_catalog.count(*) operator(pg_catalog.>) 1)',
    (select string_agg(format('n.%I', k.name), ', ' order by k.n) from unnest(key) with ordinality as k(name, n))
  )
$$;

revoke execute on function freshet.repeated_sql(text[]) from public;

-- As before, but an enum's text is its label, whatever cast somebody has made for it.
create or replace function freshet.readings(relation regclass, column_names text[]) returns freshet.reading[]
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select array_agg(
    row(
      r.attname,
      'v' || r.n,
      r.type_name,
      case
        when to_regtype(r.type_name) = r.atttypid and r.own
        then format('pg_typeof(%I) = %L::regtype', r.attname, r.type_name)
        -- By name: a dump carries these functions to databases in which the type has another id.
        else format('pg_typeof(%I)::text = %L', r.attname, r.type_name)
      end,
      case
        -- Not the cast: whoever made the type may have made one, and it may fail.
        when r.typtype = 'e' then 'case when num_nulls(%1$s) = 0 then format(''%%s'', %1$s) end'
        when r.bounded then '%1$s::text'
        when r.textual then 'left(%1$s::text, 1001)'
        -- The stored size first: a value can be far smaller than its text, which may be too large to be made at all.
        else 'left(case when pg_column_size(%1$s) > 8000 then repeat(''-'', 1001) else %1$s::text end, 1001)'
      end || ' collate "C"',
      case
        when r.base::regtype::text not in ('smallint', 'integer', 'bigint') then 'text'
        when not r.own then 'number'
        when r.base::regtype::text = 'bigint' then 'bigint'
        else 'integer'
      end,
      r.bounded,
      r.trusted,
      r.typtype = 'e' or r.base::regtype::text in (
        'smallint', 'integer', 'bigint', 'oid', 'boolean', 'text', 'character varying', 'character', 'name', 'uuid',
        'numeric', 'inet', 'cidr', 'macaddr', 'json', 'jsonb'
      )
    )::freshet.reading
    order by r.n
  )
  from (
    select
      c.n, a.attname, a.atttypid, b.oid as base, b.typtype, format_type(a.atttypid, null) as type_name,
      (select t.typnamespace = 'pg_catalog'::regnamespace from pg_type as t where t.oid = a.atttypid) as own,
      b.typnamespace = 'pg_catalog'::regnamespace or b.typtype = 'e' as trusted,
      b.typlen > 0 and (b.typnamespace = 'pg_catalog'::regnamespace or b.typtype = 'e') as bounded,
      b.typcategory = 'S' and b.typnamespace = 'pg_catalog'::regnamespace as textual
    from unnest(column_names) with ordinality as c(name, n)
    join pg_attribute as a on a.attrelid = relation and a.attname = c.name and a.attnum > 0 and not a.attisdropped
    join pg_type as b on b.oid = freshet.base_type(a.atttypid)
  ) as r
$$;

-- As before, but rows of one key are not joined.
create or replace function freshet.trigger_code(
  relation regclass, event text, purpose text, tags text[], scopes text[], columns text[]
) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  readings freshet.reading[] := freshet.readings(relation, freshet.template_columns(coalesce(tags, '{}') || scopes));
  key text[] := case when event = 'update' then freshet.key_columns(relation) end;
  exact freshet.reading[] := readings || freshet.readings(relation, key);
  -- A block that catches errors, for types whose text is somebody else's code. What it protects only reads.
  guarded constant boolean := exists (select from unnest(readings) as r where not r.trusted);
  counted text[];
  sound text[];
  names text[];
  plain text[];
  plainly text;
  results text;
  too_many text;
  everybody text;
  tell text;
begin
  -- With counted columns, a row that gets another key, scope or tag counts too.
  if event = 'update' and columns is not null then
    select array_agg(distinct c.name) into counted
    from (
      select unnest(columns)
      union all
      select r.column_name from unnest(readings) as r
      union all
      select a.attname
      from pg_index as i join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
      where i.indrelid = relation and i.indisprimary
    ) as c(name);
  end if;
  select array_agg(distinct c.sound), array_agg(distinct c.name) into sound, names
  from (
    select r.sound, r.column_name from unnest(exact) as r
    union all
    -- A counted column is only compared, which any type can be.
    select format('pg_typeof(%1$I) <> pg_typeof(absent.%1$I)', i.name), i.name
    from unnest(counted) as i(name)
    where not exists (select from unnest(exact) as r where r.column_name = i.name)
  ) as c(sound, name);

  if purpose = 'tags' then
    results := E'scopes text[];\n  tags text[];';
    too_many := 'cardinality(scopes) > 10000';
    everybody := format(E'scopes := array[''*''];\n    tags := array[%L];', freshet.collapsed(tags));
    tell := 'perform freshet.emit(w.scope, w.tags) from unnest(scopes, tags) as w(scope, tags);';
    if not guarded and cardinality(scopes) = 1 and scopes[1] not like ':%' and not freshet.may_coincide(tags) then
      plainly := format(
        'freshet.emit(%s, %s)',
        freshet.text_sql(scopes[1], readings, true), freshet.tags_sql(tags, readings, true)
      );
      -- Short enough for a tag and, with the 100 bytes that a template may add, for a scope.
      select array_agg(format('octet_length(%s) between 1 and 400', freshet.value_sql(r, true))) into plain
      from unnest(readings) as r
      where r.shape = 'text';
    end if;
  else
    results := 'ids text[];';
    too_many := 'cardinality(ids) > 100';
    everybody := 'ids := array[''*''];';
    tell := format('perform freshet.recheck(%L, i.id) from unnest(ids) as i(id);', purpose);
    if not guarded then
      plainly := format('freshet.recheck(%L, %s)', purpose, freshet.text_sql(scopes[1], readings, true));
    end if;
  end if;

  return format(
    $code$
#variable_conflict use_column
declare
  left_to_do text;
  %s
begin
%s  %s
  if left_to_do is null then
    return null;
  elsif left_to_do = 'many' then
%s    %s
  end if;
  if left_to_do = 'unsound' or %s then
    %s
  end if;
%s  %s
  return null;
end
$code$,
    results,
    case when guarded then E'  begin\n' end,
    freshet.probe_sql(event, sound, names, readings, counted, plain, plainly),
    case when key is not null then format(
      E'    if %s then\n      left_to_do := ''unsound'';\n    else\n', freshet.repeated_sql(key)
    ) end,
    freshet.gather_sql(purpose, freshet.changed_sql(event, key, counted), tags, scopes, readings)
      || case when key is not null then E'\n    end if;' else '' end,
    too_many,
    everybody,
    case when guarded then format(E'  exception when assert_failure or others then\n    %s\n  end;\n', everybody) end,
    tell
  );
end
$$;

-- As before, but rows of one key are not joined, and what stands outside of the block that catches errors means
-- PostgreSQL's own objects also where the maker's search path has others before them.
create or replace function freshet.query_code(relation regclass, event text, query text) returns text
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select format(
    $code$
#variable_conflict use_column
declare
  scopes pg_catalog.text[];
  tags pg_catalog.text[];
begin
  begin
    %swith %s, told as (
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
    ), %s%s
  exception when assert_failure or others then
    raise log 'Freshet told everybody to fetch again, because the query of a watch of %% failed: %%',
      tg_relid::pg_catalog.regclass, sqlerrm;
    scopes := array['*'];
    tags := array['[[]]'];
  end;
  if pg_catalog.cardinality(scopes) operator(pg_catalog.>) 10000 then
    scopes := array['*'];
    tags := array['[[]]'];
  end if;
  perform freshet.emit(w.scope, w.tags) from unnest(scopes, tags) as w(scope, tags);
  return null;
end
$code$,
    case when k.columns is not null then format(
      E'if %s then\n      scopes := array[''*''];\n      tags := array[''[[]]''];\n    else\n    ', freshet.repeated_sql(k.columns)
    ) end,
    freshet.changed_sql(event, k.columns, null),
    query,
    freshet.settle_sql(),
    case when k.columns is not null then E'\n    end if;' end
  )
  from (select case when event = 'update' then freshet.key_columns(relation) end) as k(columns)
$$;

do $$
declare
  watcher name;
begin
  for watcher in
    select r.rolname
    from pg_proc as p cross join lateral aclexplode(p.proacl) as a join pg_roles as r on r.oid = a.grantee
    where p.oid = 'freshet.watch(regclass, text[], text[], text[], text)'::regprocedure and a.grantee <> p.proowner
  loop
    perform freshet.grant_watcher(watcher);
  end loop;
  perform freshet.rewatch();
end
$$;
