-- The code of a watch's trigger functions, as text, with direct references to columns: nothing is put together when a
-- table is written.
--
-- A column can be dropped, renamed or retyped after the watch was made, and the write must still succeed. A block that
-- catches errors would be a subtransaction at every statement; a look into the catalog would see the transaction's old
-- snapshot while the parser sees the new table. So the first statement is one that cannot fail, finds every column as
-- it was or says that it is not, and no other statement that names a column is reached before.

-- What an unqualified column name finds, one query level further out, when the table has lost the column.
create domain freshet.missing as text;

-- The first statement of a trigger. It cannot fail, whatever has become of the table: a bare name that the table no
-- longer has is found in `absent`, as a value of the type freshet.missing. From the first row (for an update, from its
-- two versions) it finds what is left to do: nothing, or "unsound" where a column is not as it was, or "many". One row
-- whose two versions have the same values is the common case, and `plainly` tells of it here, in the same statement: it
-- reads the values inside the CASE, because the text of a type that a column has got since may be a user's function.
create function freshet.probe_sql(
  event text, sound text[], names text[], readings freshet.reading[], columns text[], plain text[], plainly text
) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  side text := case event when 'delete' then 'old' else 'new' end;
  absent text := (select string_agg(format('null::freshet.missing as %I', n.name), ', ') from unnest(names) as n(name));
  counted text := format('row(%s)::record',
    (select string_agg(quote_ident(c.name), ', ') from unnest(columns) as c(name))
  );
  still text := format('row(%s)', (select string_agg(quote_ident(r.column_name), ', ') from unnest(readings) as r));
  reads text[] := array[coalesce(array_to_string(sound, ' and '), 'true') || ' as sound'];
begin
  if plainly is not null then
    plain := array_append(plain, format('not exists (select from freshet_%s_rows offset 1)', side));
    if readings is not null then
      reads := reads || (
        select array_agg(format('%I as %s', r.column_name, r.variable)) from unnest(readings) as r
      );
    end if;
    if event = 'update' then
      reads := array_append(reads, case when columns is null then '(n.*)::record' else counted end || ' as image');
      if readings is not null then
        reads := array_append(reads, still || ' as still');
        plain := array_prepend('n.still *= o.still', plain);
      end if;
      plainly := format('case when n.image *<> o.image then %s end', plainly);
    end if;
  end if;
  return format(
    $sql$select case
      when not n.sound then 'unsound'%s
      else 'many'
    end
  into left_to_do
  from (
    select r.*
    from (select %s) as absent
    cross join lateral (
      select
        %s
      from freshet_%s_rows as n
    ) as r
  ) as n%s
  limit 1;$sql$,
    case when plainly is not null then
      format(E'\n      when %s\n      then %s', coalesce(array_to_string(plain, E'\n        and '), 'true'), plainly)
    end,
    absent,
    array_to_string(reads, E',\n        '),
    side,
    case when event = 'update' and plainly is not null then format(
      $sql$
  cross join (
    select r.*
    from (select %s) as absent
    cross join lateral (select %s from freshet_old_rows as o) as r
  ) as o$sql$,
      absent,
      concat_ws(
        ', ', case when columns is null then '(o.*)::record' else counted end || ' as image', still || ' as still'
      )
    ) end
  );
end
$$;

-- Whether two templates could yield the same tag for one row. Told apart by their first segment and their number of
-- segments, which is enough for the templates that people write; where it says yes, the query for many rows, which
-- removes duplicates, does the work.
create function freshet.may_coincide(templates text[]) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select count(*) > count(distinct (t.first, t.length)) or count(t.first) < count(*)
  from (
    select min(p.literal) filter (where p.n = 1) as first, count(*) as length
    from unnest(templates) with ordinality as t(template, n) cross join lateral freshet.template_parts(t.template) as p
    group by t.n
  ) as t
$$;

-- The query for any number of rows, into the variables `scopes` and `tags`, or `ids`.
create function freshet.gather_sql(
  purpose text, changed text, tags text[], scopes text[], readings freshet.reading[]
) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  -- Each set of values once: most updates leave a row's as they were.
  seen text := case
    when readings is null then 'seen as (select from changed as c limit 1)'
    else format(
      E'seen as materialized (\n      select distinct %s from changed as c\n    )',
      (
        select string_agg(format(r.raw, format('c.%I', r.column_name)) || ' as ' || r.variable, ', ')
        from unnest(readings) as r
      )
    )
  end;
  scope_rows text;
  tag_rows text;
begin
  if purpose <> 'tags' then
    return format(
      $sql$with %s, %s
    select array_agg(i.id) into ids
    from (select distinct %s as id from seen as c limit 102) as i
    where i.id is not null;$sql$,
      changed, seen, freshet.text_sql(scopes[1], readings, false)
    );
  end if;

  -- A scope that is too long, or is none, is everybody, who are told only the prefixes.
  select string_agg(
    format('(case when %2$s then ''*'' else %1$s end, %2$s)', s.sql, case
      when s.template like ':%' then format('not freshet.is_scope(%s)', s.sql)
      when s.unbounded then format('octet_length(%s) > 500', s.sql)
      else 'false'
    end),
    ', '
  ) into scope_rows
  from (
    select
      t.template,
      freshet.text_sql(t.template, readings, false) as sql,
      exists (
        select from freshet.template_parts(t.template) as p join unnest(readings) as r on r.column_name = p.column_name
        where not r.bounded
      ) as unbounded
    from unnest(scopes) as t(template)
  ) as s;
  select string_agg(
    format('(%s, %s, %L)', t.n, freshet.tag_sql(t.template, readings, false), freshet.template_prefix(t.template)), ', '
  ) into tag_rows
  from unnest(tags) with ordinality as t(template, n);

  return format(
    $sql$with %s, %s, told as (
      select distinct s.scope, t.template, case when s.everybody then t.short else t.tag end as tag, t.short
      from seen as c
      cross join lateral (values %s) as s(scope, everybody)
      cross join lateral (values %s) as t(template, tag, short)
      where s.scope is not null and t.tag is not null
    ), %s$sql$,
    changed, seen, scope_rows, tag_rows, freshet.settle_sql()
  );
end
$$;

-- The body of a trigger function: purpose "tags", or "session" and "user", whose only template is `scopes[1]`.
create function freshet.trigger_code(
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
    %s
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
    freshet.gather_sql(purpose, freshet.changed_sql(event, key, counted), tags, scopes, readings),
    too_many,
    everybody,
    case when guarded then format(E'  exception when assert_failure or others then\n    %s\n  end;\n', everybody) end,
    tell
  );
end
$$;

revoke execute on function
  freshet.probe_sql(text, text[], text[], freshet.reading[], text[], text[], text), freshet.may_coincide(text[]),
  freshet.gather_sql(text, text, text[], text[], freshet.reading[]),
  freshet.trigger_code(regclass, text, text, text[], text[], text[])
  from public;
