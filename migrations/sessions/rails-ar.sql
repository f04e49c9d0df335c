-- The sessions of Rails with activerecord-session_store 2, whose data is JSON: with the serializer :json, or :null and a
-- column of json or jsonb. Its default, :marshal, is Ruby's own and says nothing to SQL.
--
--   psql "$DATABASE_URL" -f migrations/sessions/rails-ar.sql
--
-- -v schema=public
-- -v sessions=sessions
-- -v user='{warden.user.user.key,0,0}'
--                                 where in the data the user's id is; this is Devise's. {user_id} for session[:user_id]
-- -v users=users
-- -v password=encrypted_password  Devise signs out of all sessions with a new password: this column is looked at where
--                                 the user is Devise's and the table has it; empty: not
-- -v admin=                       a boolean column of the users that says who is an administrator; nobody without
-- -v lifetime='30 days'           how long a session lasts from its last use, as in db:sessions:trim
-- -v zone=UTC                     what a timestamp without a time zone is in; Rails writes UTC
-- -v watch=on                     off: makes no triggers, and a sign-out is noticed within --recheck

\set ON_ERROR_STOP on
\if :{?sessions}
\else
\set sessions sessions
\endif
\if :{?user}
\else
\set user '{warden.user.user.key,0,0}'
\endif
\if :{?users}
\else
\set users users
\endif
\if :{?password}
\else
\set password encrypted_password
\endif
\if :{?lifetime}
\else
\set lifetime '30 days'
\endif
\ir begin.psql
\ir json.psql

create function freshet.preset(
  schema text, sessions text, "user" text, users text, password text, admin text, lifetime interval, zone text,
  watch boolean
) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $preset$
declare
  session constant regclass := freshet.preset_table('sessions', schema, sessions);
  id constant text := freshet.preset_column(session, 'sessions', 'id');
  session_id constant text := freshet.preset_column(session, 'sessions', 'session_id', 'sessid');
  data constant text := freshet.preset_column(session, 'sessions', 'data');
  updated constant text := freshet.preset_optional(session, 'updated_at');
  -- Devise's path ends with the id, the first of the first; the second is the password's salt.
  salt constant text := case when "user" ~ '^{"?warden[.]user[.].*,0,0}$' and password <> ''
    then regexp_replace("user", ',0,0}$', ',1}') end;
  account regclass := freshet.preset_users(schema, users, admin);
  checked text;
begin
  if salt is not null then
    -- The default may be missing, as with a sign-in by others alone; another that was named may not.
    if password <> 'encrypted_password' then
      account := coalesce(account, freshet.preset_table('users', schema, users));
      checked := freshet.preset_column(account, 'password', password);
    else
      checked := freshet.preset_optional(coalesce(account, to_regclass(format('%I.%I', schema, users))), password);
      account := coalesce(account, case when checked is not null then freshet.preset_table('users', schema, users) end);
    end if;
  end if;
  perform freshet.preset_install(
    'rails-ar',
    format(
      $sql$
  select j.user_id, s.%I::text, e.at, %s, '{}'::text[]
  from %s as s
    cross join lateral (select %s) as e(at)
    cross join lateral (select %s) as j(user_id)%s
  where $1 !~ '^[0-9]+::' and s.%I = '2::' || encode(sha256(convert_to($1, 'UTF8')), 'hex')
    and j.user_id <> '' and (e.at > now()) is not false%s
$sql$,
      id, freshet.preset_is_admin(account, admin),
      session,
      case when updated is null then 'null::timestamptz'
        else freshet.preset_later(freshet.preset_time(session, updated, 's', zone), lifetime) end,
      freshet.preset_json(session, data, 's', "user"),
      freshet.preset_user_join(account, 'j.user_id'),
      session_id,
      case when checked is not null then format(
        E'\n    and left(u.%I, 29) is not distinct from %s', checked, freshet.preset_json(session, data, 's', salt)
      ) end
    ),
    session, 'session', id, account, freshet.preset_key(account), watch
  );
end
$preset$;

select freshet.preset(
  :'schema', :'sessions', :'user', :'users', :'password', :'admin', :'lifetime', :'zone', :'watch'
) as made \gset
\ir end.psql

\echo 'freshet: sessions are those of activerecord-session_store now. Serve with the key that its initializer has:'
\echo '  freshet serve --cookie _myapp_session'
