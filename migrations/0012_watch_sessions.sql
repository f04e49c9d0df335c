-- Watches of the tables that sessions and their scopes live in, so that a revocation is obeyed at once. They only make
-- the service look again, so nothing of them is logged: a service that was away checks every session when it is back.

-- Asks for a check of the session, or of the user's sessions, with this id; "*" is all. Null, as from `emit`.
create function freshet.recheck(purpose text, id text) returns text
language plpgsql volatile strict security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if octet_length(id) > 1000 or not freshet.is_readable(id) then
    id := '*';
  end if;
  return nullif(pg_notify('freshet', format('{%s:%s}', to_json(purpose), to_json(id)))::text, '');
end
$$;

create function freshet.make_session_watch(relation regclass, purpose text, template text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  readings freshet.reading[];
  watch_id integer;
  event text;
begin
  perform freshet.sweep();
  perform freshet.check_relation(relation);
  perform freshet.check_template(relation, 'id', template);
  readings := freshet.readings(relation, freshet.template_columns(array[template]));
  if readings is null then
    raise exception 'Freshet cannot watch %: its id template "%" has no placeholder, and all rows would have one id.',
      relation, template
      using errcode = 'invalid_parameter_value';
  end if;
  watch_id := freshet.record_watch(
    relation, purpose, 'default', null, array[template], null, null,
    freshet.read_columns(null, readings || freshet.readings(relation, freshet.key_columns(relation)))
  );
  foreach event in array freshet.watch_events(purpose) loop
    perform freshet.install_trigger(
      watch_id, relation, event,
      case event
        when 'truncate' then freshet.truncate_code(format('freshet.recheck(%L, ''*'')', purpose))
        else freshet.trigger_code(relation, event, purpose, null, array[template], null)
      end,
      freshet.function_settings(readings)
    );
  end loop;
end
$$;

create function freshet.watch_sessions(relation regclass, session_id text) returns void
language sql volatile set search_path = pg_catalog, pg_temp
as $$ select freshet.make_session_watch(relation, 'session', session_id) $$;

create function freshet.watch_scopes(relation regclass, user_id text) returns void
language sql volatile set search_path = pg_catalog, pg_temp
as $$ select freshet.make_session_watch(relation, 'user', user_id) $$;

-- Drops what `watch_sessions` and `watch_scopes` made on a table. `unwatch` leaves them alone, because to lose a watch
-- of tags costs a refetch, and to lose one of these lets a revoked session listen on until the next check.
create function freshet.unwatch_sessions(relation regclass) returns integer
language sql volatile set search_path = pg_catalog, pg_temp
as $$ select freshet.drop_watches(relation, array['session', 'user'], null) $$;

do $$ begin perform freshet.watch_sessions('freshet.session', ':id'); end $$;

revoke execute on function
  freshet.recheck(text, text), freshet.make_session_watch(regclass, text, text),
  freshet.watch_sessions(regclass, text), freshet.watch_scopes(regclass, text), freshet.unwatch_sessions(regclass)
  from public;
