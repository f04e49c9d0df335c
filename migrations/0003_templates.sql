-- Templates, `todo/:id`: how they are read and checked, and how a column's value becomes part of the SQL that a watch
-- generates. Nothing here runs when a table is written.

create function freshet.template_parts(template text)
returns table (n integer, literal text, column_name text)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  word text;
  decoded text;
  fault text;
begin
  n := 0;
  fault := case
    when template is null then 'is null'
    when template = '' then 'is empty'
    when octet_length(template) > 1000 then 'is longer than 1,000 bytes'
  end;
  foreach word in array string_to_array(coalesce(template, ''), '/') loop
    exit when fault is not null;
    n := n + 1;
    fault := case
      when n > 16 then 'has more than 16 segments'
      when word = '' then 'has an empty segment'
      when word = ':' then 'has a placeholder without a name'
      when word ~ '%(?!2F|2f|25|3A|3a)' then 'has a "%" that begins none of "%2F", "%25" and "%3A"'
    end;
    decoded := replace(replace(replace(word, '%2F', '/'), '%2f', '/'), '%3A', ':');
    decoded := replace(replace(decoded, '%3a', ':'), '%25', '%');
    literal := case when left(word, 1) <> ':' then decoded end;
    column_name := case when left(word, 1) = ':' then substr(decoded, 2) end;
    return next;
  end loop;
  if fault is not null then
    raise exception 'Freshet cannot read the template "%", which %.', left(template, 200), fault
      using errcode = 'invalid_parameter_value';
  end if;
end
$$;

-- Raises an error where a template cannot serve its purpose, "tag", "scope" or "id", on this table.
create function freshet.check_template(relation regclass, purpose text, template text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  missing text;
  constant_scope text;
begin
  select p.column_name into missing
  from freshet.template_parts(template) as p
  where p.column_name is not null
    and not exists (
      select from pg_attribute as a
      where a.attrelid = relation and a.attname = p.column_name and a.attnum > 0 and not a.attisdropped
    )
  order by p.n
  limit 1;
  if missing is not null then
    raise exception 'Freshet cannot watch %: its % template "%" names the column "%", which the table does not have.',
      relation, purpose, template, missing
      using errcode = 'undefined_column';
  end if;

  -- Where only part of a scope is known, the rest must be able to make it one.
  select string_agg(coalesce(p.literal, '?'), '/' order by p.n) into constant_scope
  from freshet.template_parts(template) as p;
  if purpose = 'scope' and template !~ '^:'
    and (octet_length(constant_scope) > 100 or not freshet.is_scope(constant_scope)) then
    raise exception 'Freshet cannot watch %: its scope template "%" is neither "global" nor "*" nor a kind and an id '
      'such as "user/:user_id", with at most 100 bytes besides the placeholders.', relation, template
      using errcode = 'invalid_parameter_value';
  end if;
end
$$;

-- The type under a domain, or the type itself.
create function freshet.base_type(type oid) returns oid
language sql stable set search_path = pg_catalog, pg_temp
as $$
  with recursive chain as (
    select t.oid, t.typtype, t.typbasetype from pg_type as t where t.oid = type
    union all
    select t.oid, t.typtype, t.typbasetype from chain as c join pg_type as t on t.oid = c.typbasetype
    where c.typtype = 'd'
  )
  select c.oid from chain as c where c.typtype <> 'd'
$$;

-- How a generated trigger reads one column.
create type freshet.reading as (
  column_name text,
  -- The name of its value in the generated code: text, null for null, over 1,000 bytes for anything longer.
  variable text,
  -- The type it had when the watch was made, as pg_typeof prints it with the search path of a generated function.
  type_name text,
  -- An expression over the bare column name: whether the column still has that type.
  sound text,
  -- The expression that yields `variable`, a format of the reference to the column.
  raw text,
  -- "integer", "bigint" and "number" (a domain over either) become JSON numbers, "text" a string.
  shape text,
  -- Whether the text is short by nature.
  bounded boolean,
  -- Whether the type's text form is PostgreSQL's own code, which does not fail, and not that of an extension or a user.
  trusted boolean,
  -- Whether that text is the same under every setting of the session.
  steady boolean
);

create function freshet.readings(relation regclass, column_names text[]) returns freshet.reading[]
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

-- The columns that templates name, each once.
create function freshet.template_columns(templates text[]) returns text[]
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(distinct p.column_name), '{}')
  from unnest(templates) as t(template) cross join lateral freshet.template_parts(t.template) as p
  where p.column_name is not null
$$;

-- A literal of a template as a segment in wire form: a number or a string, as the same text in a tag would be.
create function freshet.literal_segment(literal text) returns text
language sql immutable strict set search_path = pg_catalog, pg_temp
as $$ select (freshet.tag(replace(replace(literal, '%', '%25'), '/', '%2F')) -> 0)::text $$;

-- The part of a tag before its first placeholder, in wire form: what the tag collapses to.
create function freshet.template_prefix(template text) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select '[' || coalesce(string_agg(freshet.literal_segment(p.literal), ',' order by p.n), '') || ']'
  from freshet.template_parts(template) as p
  where not exists (
    select from freshet.template_parts(template) as q where q.n <= p.n and q.column_name is not null
  )
$$;

-- What a watch says where it cannot be precise: every prefix, for whoever is there.
create function freshet.collapsed(templates text[]) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select '[' || string_agg(p.prefix, ',' order by p.n) || ']'
  from (
    select freshet.template_prefix(t.template) as prefix, min(t.n) as n
    from unnest(templates) with ordinality as t(template, n)
    group by 1
  ) as p
$$;

revoke execute on function
  freshet.template_parts(text), freshet.check_template(regclass, text, text), freshet.base_type(oid),
  freshet.readings(regclass, text[]), freshet.template_columns(text[]), freshet.literal_segment(text),
  freshet.template_prefix(text), freshet.collapsed(text[])
  from public;
