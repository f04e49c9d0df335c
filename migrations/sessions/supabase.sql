-- The sessions of Supabase Auth (GoTrue), for clients that send its access token, a JWT.
--
--   psql "$DATABASE_URL" -f migrations/sessions/supabase.sql
--
-- -v schema=auth
-- -v sessions=sessions
-- -v users=users
-- -v role=          which role in a user's app_metadata is an administrator's: admin; nobody's without
-- -v watch=on       off: makes no triggers, and a sign-out is noticed within --recheck
--
-- The credential is the claim session_id. A sign-out deletes the row; a session that ends by a time limit or for want of
-- use is refused by Auth at once and its row goes within a day, so that the stream lasts as long as the access token.

\set ON_ERROR_STOP on
\if :{?schema}
\else
\set schema auth
\endif
\if :{?sessions}
\else
\set sessions sessions
\endif
\if :{?users}
\else
\set users users
\endif
\if :{?role}
\else
\set role ''
\endif
\ir begin.psql

create function freshet.preset(schema text, sessions text, users text, role text, watch boolean) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $preset$
declare
  session constant regclass := freshet.preset_table('sessions', schema, sessions);
  id constant text := freshet.preset_column(session, 'sessions', 'id');
  user_id constant text := freshet.preset_column(session, 'sessions', 'user_id');
  account constant regclass := freshet.preset_table('users', schema, users);
  -- These came one after another, and a server of one's own may be older.
  ends constant text := freshet.preset_optional(session, 'not_after');
  banned constant text := freshet.preset_optional(account, 'banned_until');
  deleted constant text := freshet.preset_optional(account, 'deleted_at');
begin
  perform freshet.preset_install(
    'supabase',
    format(
      $sql$
  select s.%I::text, s.%I::text, e.at, %s, '{}'::text[]
  from %s as s
    cross join lateral (select %s) as e(at)%s
  where %s and (e.at > now()) is not false%s%s
$sql$,
      user_id, id,
      case when role = '' then 'false' else format(
        'coalesce(u.%I ->> ''role'' = %L, false)', freshet.preset_column(account, 'users', 'raw_app_meta_data'), role
      ) end,
      session, coalesce(freshet.preset_time(session, ends, 's', 'UTC'), 'null::timestamptz'),
      freshet.preset_user_join(account, session, user_id),
      freshet.preset_equals(session, id, 's', '$1'),
      case when banned is not null
        then format(E'\n    and (%s > now()) is not true', freshet.preset_time(account, banned, 'u', 'UTC')) end,
      case when deleted is not null then format(' and u.%I is null', deleted) end
    ),
    session, 'session', id, account, freshet.preset_key(account), watch
  );
end
$preset$;

select freshet.preset(:'schema', :'sessions', :'users', :'role', :'watch') as made \gset
\ir end.psql

\echo 'freshet: sessions are those of Supabase Auth now. Serve with:'
\echo '  freshet serve --token-format jwt'
\echo 'secret: the JWT secret of the project, in FRESHET_TOKEN_SECRET or --token-secret-file. Clients send their access'
\echo 'token as Authorization: Bearer.'
