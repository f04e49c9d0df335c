-- A primary key that was dropped after the watch was made can be null, and an update left out the rows where it was.

-- As before, but what tells whether a row has a partner is the row and not its key.
create or replace function freshet.changed_sql(event text, key text[], columns text[]) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select case
    when event = 'insert' then 'changed as (select n.* from freshet_new_rows as n)'
    when event = 'delete' then 'changed as (select o.* from freshet_old_rows as o)'
    when key is not null then format(
      $sql$changed as (
      select n.*
      from freshet_new_rows as n full join freshet_old_rows as o on %1$s
      where pg_catalog.num_nulls(n.*) = 0
        and (pg_catalog.num_nulls(o.*) = 1 or %2$s operator(pg_catalog.*<>) %3$s)
      union all
      select o.*
      from freshet_new_rows as n full join freshet_old_rows as o on %1$s
      where pg_catalog.num_nulls(o.*) = 0
        and (pg_catalog.num_nulls(n.*) = 1 or %2$s operator(pg_catalog.*<>) %3$s)
    )$sql$,
      (select string_agg(format('n.%1$I operator(pg_catalog.=) o.%1$I', k.name), ' and ') from unnest(key) as k(name)),
      freshet.image_sql('n', columns), freshet.image_sql('o', columns)
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

do $$ begin perform freshet.rewatch(); end $$;
