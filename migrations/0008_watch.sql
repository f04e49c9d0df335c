-- `watch` and `unwatch`. Everything is checked here, so that a mistake is an error now and not a silence later.

create function freshet.truncate_code(action text) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$ select format(E'\nbegin\n  perform %s;\n  return null;\nend\n', action) $$;

-- The settings of a trigger function. Some types' text depends on the session: these make one text of each value.
create function freshet.function_settings(readings freshet.reading[]) returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select 'set search_path = pg_catalog, pg_temp' || case
    when exists (select from unnest(readings) as r where not r.steady)
    then $sql$ set datestyle = 'ISO, YMD' set timezone = 'UTC' set intervalstyle = 'postgres' set bytea_output = 'hex'
      set extra_float_digits = 1 set lc_monetary = 'C'$sql$
    else ''
  end
$$;

create function freshet.watch(
  relation regclass,
  tags text[],
  scopes text[] default '{global}',
  columns text[] default null,
  name text default 'default'
) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  template text;
  missing text;
  readings freshet.reading[];
  watch_id integer;
  event text;
begin
  perform freshet.sweep();
  perform freshet.check_relation(relation);
  perform freshet.check_name(relation, name);
  if coalesce(cardinality(tags), 0) not between 1 and 50 or coalesce(cardinality(scopes), 0) not between 1 and 50 then
    raise exception 'Freshet cannot watch %: it takes 1 to 50 tag templates and 1 to 50 scope templates.', relation
      using errcode = 'invalid_parameter_value';
  elsif cardinality(columns) = 0 then
    raise exception 'Freshet cannot watch % for changes to no column; name columns, or null for any.', relation
      using errcode = 'invalid_parameter_value';
  end if;
  foreach template in array tags loop
    perform freshet.check_template(relation, 'tag', template);
  end loop;
  foreach template in array scopes loop
    perform freshet.check_template(relation, 'scope', template);
  end loop;
  select coalesce(c.name, 'null') into missing
  from unnest(columns) as c(name)
  where not exists (
    select from pg_attribute as a
    where a.attrelid = relation and a.attname = c.name and a.attnum > 0 and not a.attisdropped
  );
  if missing is not null then
    raise exception 'Freshet cannot watch %: it was to count changes to the column "%", which the table does not have.',
      relation, missing
      using errcode = 'undefined_column';
  end if;

  readings := freshet.readings(relation, freshet.template_columns(tags || scopes));
  watch_id := freshet.record_watch(
    relation, 'tags', name, tags, scopes, columns, null,
    freshet.read_columns(columns, readings || freshet.readings(relation, freshet.key_columns(relation)))
  );
  foreach event in array freshet.watch_events('tags') loop
    perform freshet.install_trigger(
      watch_id, relation, event,
      case event
        when 'truncate' then freshet.truncate_code(
          format('freshet.emit(''*'', %L)', freshet.collapsed(tags))
        )
        else freshet.trigger_code(relation, event, 'tags', tags, scopes, columns)
      end,
      freshet.function_settings(readings)
    );
  end loop;
end
$$;

create function freshet.unwatch(relation regclass, name text default null) returns integer
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
  perform freshet.sweep();
  return freshet.drop_watches(relation, array['tags'], name);
end
$$;

revoke execute on function
  freshet.truncate_code(text), freshet.function_settings(freshet.reading[]),
  freshet.watch(regclass, text[], text[], text[], text), freshet.unwatch(regclass, text)
  from public;
