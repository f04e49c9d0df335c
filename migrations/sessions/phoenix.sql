-- The sessions of Phoenix by mix phx.gen.auth (1.6 and later).
--
--   psql "$DATABASE_URL" -f migrations/sessions/phoenix.sql
--
-- -v schema=public
-- -v sessions=users_tokens
-- -v users=users           needed with admin alone
-- -v admin=                a boolean column of the users that says who is an administrator; nobody without
-- -v lifetime='14 days'    @session_validity_in_days of UserToken, from its inserted_at; Phoenix before 1.8 has 60 days
-- -v zone=UTC              what a timestamp without a time zone is in; Ecto writes UTC
-- -v watch=on              off: makes no triggers, and a sign-out is noticed within --recheck
--
-- The credential is the 32 bytes of the token as 64 hexadecimal digits.

\set ON_ERROR_STOP on
\if :{?sessions}
\else
\set sessions users_tokens
\endif
\if :{?users}
\else
\set users users
\endif
\if :{?lifetime}
\else
\set lifetime '14 days'
\endif
\ir begin.psql

create function freshet.preset(
  schema text, sessions text, users text, admin text, lifetime interval, zone text, watch boolean
) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $preset$
declare
  session constant regclass := freshet.preset_table('sessions', schema, sessions);
  id constant text := freshet.preset_column(session, 'sessions', 'id');
  user_id constant text := freshet.preset_column(session, 'sessions', 'user_id');
  token constant text := freshet.preset_column(session, 'sessions', 'token');
  context constant text := freshet.preset_column(session, 'sessions', 'context');
  inserted constant text := freshet.preset_column(session, 'sessions', 'inserted_at');
  account constant regclass := freshet.preset_users(schema, users, admin);
begin
  if freshet.preset_type(session, token) <> 'bytea' then
    perform freshet.preset_mistaken(session, token, 'the bytes of a token');
  end if;
  perform freshet.preset_install(
    'phoenix',
    format(
      $sql$
  select s.%I::text, s.%I::text, e.at, %s, '{}'::text[]
  from %s as s
    cross join lateral (select %s) as e(at)%s
  where s.%I = case when $1 ~ '^[0-9a-f]{64}$' then decode($1, 'hex') end and s.%I = 'session' and s.%I is not null
    and e.at > now()
$sql$,
      user_id, id, freshet.preset_is_admin(account, admin),
      session, freshet.preset_later(freshet.preset_time(session, inserted, 's', zone), lifetime),
      freshet.preset_user_join(account, session, user_id), token, context, user_id
    ),
    session, 'session', id, account, freshet.preset_key(account), watch
  );
end
$preset$;

select freshet.preset(:'schema', :'sessions', :'users', :'admin', :'lifetime', :'zone', :'watch') as made \gset
\ir end.psql

\echo 'freshet: sessions are those of Phoenix now. Serve with the key of @session_options in the endpoint:'
\echo '  freshet serve --token-format plug-signed --cookie _my_app_key --token-salt SIGNING_SALT'
\echo 'with the signing_salt of @session_options.'
\echo 'secret: secret_key_base of the endpoint, in FRESHET_TOKEN_SECRET or --token-secret-file.'
