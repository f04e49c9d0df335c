-- The sessions of the generator of Rails 8, bin/rails generate authentication.
--
--   psql "$DATABASE_URL" -f migrations/sessions/rails.sql
--
-- -v schema=public
-- -v sessions=sessions
-- -v users=users     needed with admin alone
-- -v admin=          a boolean column of the users that says who is an administrator; nobody without
-- -v lifetime=       how long a session lasts from its created_at, such as '30 days'; as in Rails, for ever without
-- -v zone=UTC        what a timestamp without a time zone is in; Rails writes UTC
-- -v watch=on        off: makes no triggers, and a sign-out is noticed within --recheck
--
-- The cookie holds a number that anybody can count to: its signature is all that there is, and --token-format plain would
-- let everybody in as anybody.

\set ON_ERROR_STOP on
\if :{?sessions}
\else
\set sessions sessions
\endif
\if :{?users}
\else
\set users users
\endif
\if :{?lifetime}
\else
\set lifetime ''
\endif
\ir begin.psql

create function freshet.preset(
  schema text, sessions text, users text, admin text, lifetime text, zone text, watch boolean
) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $preset$
declare
  session constant regclass := freshet.preset_table('sessions', schema, sessions);
  id constant text := freshet.preset_column(session, 'sessions', 'id');
  user_id constant text := freshet.preset_column(session, 'sessions', 'user_id');
  account constant regclass := freshet.preset_users(schema, users, admin);
begin
  perform freshet.preset_install(
    'rails',
    format(
      $sql$
  select s.%I::text, s.%I::text, e.at, %s, '{}'::text[]
  from %s as s
    cross join lateral (select %s) as e(at)%s
  where %s and s.%I is not null and (e.at > now()) is not false
$sql$,
      user_id, id, freshet.preset_is_admin(account, admin),
      session,
      case when lifetime = '' then 'null::timestamptz' else freshet.preset_later(
        freshet.preset_time(session, freshet.preset_column(session, 'sessions', 'created_at'), 's', zone),
        lifetime::interval
      ) end,
      freshet.preset_user_join(account, session, user_id),
      freshet.preset_equals(session, id, 's', '$1'), user_id
    ),
    session, 'session', id, account, freshet.preset_key(account), watch
  );
end
$preset$;

select freshet.preset(:'schema', :'sessions', :'users', :'admin', :'lifetime', :'zone', :'watch') as made \gset
\ir end.psql

\echo 'freshet: sessions are those of Rails now. Serve with:'
\echo '  freshet serve --token-format rails-signed --cookie session_id'
\echo 'secret: secret_key_base of the application (bin/rails credentials:show, or SECRET_KEY_BASE), in'
\echo 'FRESHET_TOKEN_SECRET or --token-secret-file.'
