-- The expressions and the closing query that a watch's trigger functions are put together from, as text.

-- A column's value as text: read from the first row, `n`, of a trigger's first statement, or from `seen`, where it has
-- been read already.
create function freshet.value_sql(reading freshet.reading, of_first boolean) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select case
    when of_first then format('(%s)', format(reading.raw, 'n.' || reading.variable))
    else 'c.' || reading.variable
  end
$$;

-- The expression for a template's tag, in wire form; null where a value is.
create function freshet.tag_sql(template text, readings freshet.reading[], of_first boolean) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  part record;
  reading freshet.reading;
  -- What has been gathered since the last value.
  literal text := '[';
  pieces text[] := '{}';
  all_values text[] := '{}';
  too_long text[] := '{}';
  value text;
begin
  for part in select * from freshet.template_parts(template) as p order by p.n loop
    literal := literal || case when part.n > 1 then ',' else '' end;
    if part.column_name is null then
      literal := literal || freshet.literal_segment(part.literal);
      continue;
    end if;
    select r.* into strict reading from unnest(readings) as r where r.column_name = part.column_name;
    value := freshet.value_sql(reading, of_first);
    all_values := all_values || value;
    if not reading.bounded then
      too_long := too_long || format('octet_length(%s) > 1000', value);
    end if;
    pieces := pieces || quote_literal(literal) || case reading.shape
      when 'integer' then value
      -- Past 53 bits a browser would round the number; as a string it compares the same.
      when 'bigint' then format(
        'case when %1$s::bigint between -9007199254740991 and 9007199254740991 then %1$s else to_json(%1$s)::text end',
        value
      )
      -- The type goes by its name, and another could have taken it.
      when 'number' then format(
        'case when %1$s ~ ''^(0|-?[1-9][0-9]{0,14})$'' then %1$s else to_json(%1$s)::text end', value
      )
      else format('to_json(%s)::text', value)
    end;
    literal := '';
  end loop;
  pieces := pieces || quote_literal(literal || ']');
  if too_long = '{}' then
    return array_to_string(pieces, ' || ');
  end if;
  return format(
    'case when num_nulls(%s) > 0 then null when %s then %L else %s end',
    array_to_string(all_values, ', '), array_to_string(too_long, ' or '), freshet.template_prefix(template),
    array_to_string(pieces, ' || ')
  );
end
$$;

-- The expression for all tags of one row, a JSON array without those that are null; null where none is left.
create function freshet.tags_sql(templates text[], readings freshet.reading[], of_first boolean) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  literals text;
  others text[];
begin
  select
    string_agg(freshet.template_prefix(t.template), ',' order by t.n) filter (where t.is_literal),
    array_agg(freshet.tag_sql(t.template, readings, of_first) order by t.n) filter (where not t.is_literal)
  into literals, others
  from (
    select u.n, u.template, freshet.template_columns(array[u.template]) = '{}' as is_literal
    from unnest(templates) with ordinality as u(template, n)
  ) as t;
  -- One template with values is what most watches have, and needs the fewest steps.
  return case
    when others is null then quote_literal('[' || literals || ']')
    when literals is null and cardinality(others) = 1 then format('''['' || %s || '']''', others[1])
    when literals is null then format(
      'nullif(format(''[%%s]'', concat_ws('','', %s)), ''[]'')', array_to_string(others, ', ')
    )
    when cardinality(others) = 1 then format(
      'coalesce(%L || %s || '']'', %L)', '[' || literals || ',', others[1], '[' || literals || ']'
    )
    else format('format(''[%%s]'', concat_ws('','', %L, %s))', literals, array_to_string(others, ', '))
  end;
end
$$;

-- The expression for a scope or an id: the template's text with the values in place. Null where a value is, and where
-- the id is empty, which nobody can be granted.
create function freshet.text_sql(template text, readings freshet.reading[], of_first boolean) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  part record;
  reading freshet.reading;
  length constant integer := (select max(p.n) from freshet.template_parts(template) as p);
  literal text := '';
  pieces text[] := '{}';
begin
  for part in select * from freshet.template_parts(template) as p order by p.n loop
    literal := literal || case when part.n > 1 then '/' else '' end;
    if part.column_name is null then
      literal := literal || part.literal;
      continue;
    end if;
    select r.* into strict reading from unnest(readings) as r where r.column_name = part.column_name;
    if literal <> '' then
      pieces := pieces || quote_literal(literal);
    end if;
    pieces := pieces || format(
      case when reading.shape in ('text', 'number') and part.n = length and length <= 2 then 'nullif(%s, '''')' else '%s' end,
      freshet.value_sql(reading, of_first)
    );
    literal := '';
  end loop;
  if literal <> '' then
    pieces := pieces || quote_literal(literal);
  end if;
  return array_to_string(pieces, ' || ');
end
$$;

-- What makes the pairs in `told` (scope, template, tag, short) one set of tags a scope. Past `max_tags`, or 64 kB, the
-- tags that share a template give way to its prefix. The two steps sort and spill, so that no number of rows is too
-- many; past 10,000 scopes the caller tells everybody.
create function freshet.settle_sql() returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select $sql$sized as (
      select
        t.scope, t.template, t.tag, t.short,
        pg_catalog.count(*) over (partition by t.scope) as tags,
        pg_catalog.sum(pg_catalog.octet_length(t.tag)) over (partition by t.scope) as bytes,
        pg_catalog.count(*) over (partition by t.scope, t.template) as alike
      from told as t
    ), settled as (
      select c.scope, c.tag, pg_catalog.min(c.template) as template
      from (
        select
          s.scope, s.template,
          case
            when s.alike > 1 and (s.tags > (select freshet.max_tags()) or s.bytes > 65536) then s.short
            else s.tag
          end as tag
        from sized as s
      ) as c
      group by c.scope, c.tag
    )
    select pg_catalog.array_agg(w.scope), pg_catalog.array_agg(w.tags) into scopes, tags
    from (
      select s.scope, '[' || pg_catalog.string_agg(s.tag, ',' order by s.template, s.tag) || ']' as tags
      from settled as s
      group by s.scope
      limit 10001
    ) as w;$sql$
$$;

revoke execute on function
  freshet.value_sql(freshet.reading, boolean), freshet.tag_sql(text, freshet.reading[], boolean),
  freshet.tags_sql(text[], freshet.reading[], boolean), freshet.text_sql(text, freshet.reading[], boolean),
  freshet.settle_sql()
  from public;
