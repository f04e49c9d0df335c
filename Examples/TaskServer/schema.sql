-- The application's tables: sessions that it keeps itself, and tasks. Apply it after Freshet's migrations:
--
--     psql "$DATABASE_URL" -v login=task_server -f Examples/TaskServer/schema.sql

\if :{?login}
\else
  \echo 'Name the login that the server connects as: -v login=task_server'
  \quit
\endif

begin;

create table account_session (
  id bigint generated always as identity primary key,
  -- What signs in is kept as a hash: whoever reads this table cannot sign in by it.
  token_sha256 bytea not null unique,
  account text not null,
  is_admin boolean not null default false,
  scopes text[] not null default '{}',
  expires_at timestamptz not null
);

create table task (
  id bigint generated always as identity primary key,
  account text not null,
  title text not null check (title <> ''),
  done boolean not null default false
);
create index on task (account);

-- What the handler of a sign-in form would do once it has checked a password; gives the token once.
create function account_sign_in(
  account text, ttl interval default '30 days', is_admin boolean default false, scopes text[] default '{}'
) returns text
language sql set search_path = pg_catalog, public, pg_temp
as $$
  with token as (select replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') as text),
       session as (
         insert into public.account_session (token_sha256, account, is_admin, scopes, expires_at)
         select sha256(convert_to(token.text, 'UTF8')), account_sign_in.account, account_sign_in.is_admin,
                account_sign_in.scopes, now() + account_sign_in.ttl
           from token
         returning true
       )
  select token.text from token, session
$$;

create function account_sign_out(token text) returns boolean
language sql set search_path = pg_catalog, public, pg_temp
as $$
  with gone as (
    delete from public.account_session as s where s.token_sha256 = sha256(convert_to(account_sign_out.token, 'UTF8'))
    returning true
  )
  select exists (select from gone)
$$;

-- Whose tasks went stale, and which.
select freshet.watch('task', '{tasks/:account,task/:id}', '{user/:account}');

-- A session that is deleted, or changed, is looked at again at once.
select freshet.watch_sessions('account_session', ':id');

grant freshet_service to :"login";
grant select, insert, update, delete on task, account_session to :"login";

commit;
