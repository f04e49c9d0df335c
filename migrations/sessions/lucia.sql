-- The sessions of Lucia 3, and of the guide that it has become, in the three shapes that applications have.
--
--   psql "$DATABASE_URL" -v token=hashed -f migrations/sessions/lucia.sql
--
-- -v token=hashed           hashed: the row's id is the SHA-256 of the token (the guide of 2024)
--                           plain: it is the token (Lucia 3)
--                           split: the token is the row's id, a dot, and a secret whose SHA-256 the row has (the guide
--                           of 2025)
-- -v schema=public
-- -v sessions=user_session  with token=split, session
-- -v users=auth_user        needed with admin alone
-- -v admin=                 a boolean column of the users that says who is an administrator; nobody without
-- -v lifetime='1 day'       how long a session lasts from its created_at, where it has no expires_at
-- -v zone=UTC               what a timestamp without a time zone is in
-- -v watch=on               off: makes no triggers, and a sign-out is noticed within --recheck
--
-- The columns are found as id, user_id, expires_at, secret_hash and created_at, or in camel case.

\set ON_ERROR_STOP on
\if :{?token}
\else
\set token hashed
\endif
\if :{?sessions}
\else
\set sessions ''
\endif
\if :{?users}
\else
\set users auth_user
\endif
\if :{?lifetime}
\else
\set lifetime '1 day'
\endif
\ir begin.psql

create function freshet.preset(
  token text, schema text, sessions text, users text, admin text, lifetime interval, zone text, watch boolean
) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $preset$
declare
  session constant regclass := freshet.preset_table(
    'sessions', schema, coalesce(nullif(sessions, ''), case token when 'split' then 'session' else 'user_session' end)
  );
  id constant text := freshet.preset_column(session, 'sessions', 'id');
  user_id constant text := freshet.preset_column(session, 'sessions', 'user_id', 'userId');
  expires constant text := freshet.preset_optional(session, 'expires_at', 'expiresAt');
  account constant regclass := freshet.preset_users(schema, users, admin);
  ends text;
  secret text;
  known text;
begin
  if token not in ('plain', 'hashed', 'split') then
    raise exception 'There is no token "%": -v token=... is plain, hashed or split.', token
      using errcode = 'invalid_parameter_value';
  end if;
  ends := case
    when expires is not null then freshet.preset_time(session, expires, 's', zone)
    else freshet.preset_later(
      freshet.preset_time(
        session, freshet.preset_column(session, 'sessions', 'expires_at', 'expiresAt', 'created_at', 'createdAt'), 's',
        zone
      ),
      lifetime
    )
  end;
  if token = 'split' then
    secret := freshet.preset_column(session, 'sessions', 'secret_hash', 'secretHash');
    known := format(
      '$1 ~ ''^[^.]+[.][^.]+$'' and %s and %s',
      freshet.preset_equals(session, id, 's', 'split_part($1, ''.'', 1)'),
      format(
        case freshet.preset_type(session, secret)
          when 'bytea' then 's.%I = %s'
          -- The guide leaves to the application how it writes the bytes.
          else 's.%1$I in (encode(%2$s, ''hex''), encode(%2$s, ''base64''))'
        end,
        secret, 'sha256(convert_to(split_part($1, ''.'', 2), ''UTF8''))'
      )
    );
  else
    known := freshet.preset_equals(
      session, id, 's',
      case token when 'hashed' then 'encode(sha256(convert_to($1, ''UTF8'')), ''hex'')' else '$1' end
    );
  end if;
  perform freshet.preset_install(
    'lucia',
    format(
      $sql$
  select s.%I::text, %s, e.at, %s, '{}'::text[]
  from %s as s
    cross join lateral (select %s) as e(at)%s
  where %s and s.%I is not null and e.at > now()
$sql$,
      user_id, format(case token when 'plain' then 'freshet.secret_id(s.%I::text)' else 's.%I::text' end, id),
      freshet.preset_is_admin(account, admin),
      session, ends,
      freshet.preset_user_join(account, session, user_id),
      known, user_id
    ),
    session, case token when 'plain' then 'secret' else 'session' end, id,
    account, freshet.preset_key(account), watch
  );
end
$preset$;

select freshet.preset(
  :'token', :'schema', :'sessions', :'users', :'admin', :'lifetime', :'zone', :'watch'
) as made \gset
\ir end.psql

\echo 'freshet: sessions are those of Lucia now. Serve with the cookie that the application sets:'
\echo '  freshet serve --cookie session'
\echo 'Lucia 3 calls it auth_session, the guide of 2024 session, that of 2025 session_token.'
