-- Which rows a statement has changed, as SQL text. A plan is made once a session, for however many rows the session's
-- first such statement had, and kept: so two transition tables only ever meet in a FULL JOIN, which the planner cannot
-- turn into a nested loop over a million rows.

-- The primary key, where its columns are of types that have PostgreSQL's own equality for good; otherwise null.
create function freshet.key_columns(relation regclass) returns text[]
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select case
    when bool_and(
      a.atttypid::regtype::text in (
        'smallint', 'integer', 'bigint', 'oid', 'text', 'character varying', 'character', 'name', 'uuid', 'numeric',
        'date', 'timestamp without time zone', 'timestamp with time zone', 'boolean'
      )
    ) then array_agg(a.attname::text order by k.n)
  end
  from pg_index as i
  cross join lateral unnest(i.indkey) with ordinality as k(attnum, n)
  join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
  where i.indrelid = relation and i.indisprimary
$$;

-- What tells two versions of a row apart: all of it, or the counted columns. Compared by its bytes, because a type such
-- as json has no equality.
create function freshet.image_sql(alias text, columns text[]) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select case
    when columns is null then format('(%s.*)::record', alias)
    else format('row(%s)::record', (select string_agg(format('%s.%I', alias, c.name), ', ' order by c.n)
      from unnest(columns) with ordinality as c(name, n)))
  end
$$;

-- The common table expression `changed`: the old and the new version of each row that the statement has changed.
-- An update pairs them by the key; without one, a version counts that is not as often among the old as among the new.
-- num_nulls() rather than IS NULL: the planner would see through that one and reduce the FULL JOIN.
create function freshet.changed_sql(event text, key text[], columns text[]) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select case
    when event = 'insert' then 'changed as (select n.* from freshet_new_rows as n)'
    when event = 'delete' then 'changed as (select o.* from freshet_old_rows as o)'
    when key is not null then format(
      $sql$changed as (
      select n.*
      from freshet_new_rows as n full join freshet_old_rows as o on %1$s
      where pg_catalog.num_nulls(n.%2$I) = 0
        and (pg_catalog.num_nulls(o.%2$I) = 1 or %3$s operator(pg_catalog.*<>) %4$s)
      union all
      select o.*
      from freshet_new_rows as n full join freshet_old_rows as o on %1$s
      where pg_catalog.num_nulls(o.%2$I) = 0
        and (pg_catalog.num_nulls(n.%2$I) = 1 or %3$s operator(pg_catalog.*<>) %4$s)
    )$sql$,
      (select string_agg(format('n.%1$I operator(pg_catalog.=) o.%1$I', k.name), ' and ') from unnest(key) as k(name)),
      key[1], freshet.image_sql('n', columns), freshet.image_sql('o', columns)
    )
    else format(
      $sql$"freshet versions" as (
      select
        v.image,
        pg_catalog.sum(v.side) over (image groups current row) as surplus,
        pg_catalog.row_number() over image - pg_catalog.rank() over image as duplicate
      from (
        select %1$s as image, 1 as side from freshet_new_rows as n
        union all
        select %2$s, -1 from freshet_old_rows as o
      ) as v
      window image as (order by v.image using operator(pg_catalog.*<))
    ), "freshet differing" as (
      select v.image from "freshet versions" as v where v.surplus <> 0 and v.duplicate = 0
    ), changed as (
      select n.*
      from freshet_new_rows as n full join "freshet differing" as d on %1$s operator(pg_catalog.*=) d.image
      where pg_catalog.num_nulls(n.*) = 0 and pg_catalog.num_nulls(d.image) = 0
      union all
      select o.*
      from freshet_old_rows as o full join "freshet differing" as d on %2$s operator(pg_catalog.*=) d.image
      where pg_catalog.num_nulls(o.*) = 0 and pg_catalog.num_nulls(d.image) = 0
    )$sql$,
      freshet.image_sql('n', columns), freshet.image_sql('o', columns)
    )
  end
$$;

revoke execute on function
  freshet.key_columns(regclass), freshet.image_sql(text, text[]), freshet.changed_sql(text, text[], text[])
  from public;
