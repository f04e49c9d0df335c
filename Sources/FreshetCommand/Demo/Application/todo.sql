-- The demo's application: two users, and to-dos that belong to one of them or to both. This is all that an application
-- does for Freshet: say which tags and scopes its rows stand for.

create table todo_user (
  id text primary key,
  name text not null
);

create table todo (
  id bigint generated always as identity primary key,
  user_id text references todo_user, -- null: shared by all
  title text not null check (length(title) between 1 and 200),
  done boolean not null default false
);

insert into todo_user (id, name) values ('ada', 'Ada'), ('grace', 'Grace');
insert into todo (user_id, title, done) values
  ('ada', 'Note down the Bernoulli numbers', false),
  ('ada', 'Return the loom cards', true),
  ('grace', 'Find the moth in relay 70', false),
  ('grace', 'Explain a nanosecond', true),
  (null, 'Buy tea for the office', false),
  (null, 'Decide who writes the manual', false);

-- What has an owner is told to the owner; a null leaves the scope out.
select freshet.watch('todo', '{todos,todo/:id}', '{user/:user_id}', name => 'owned');

-- What is shared is told to everybody.
select freshet.watch_query(
  'todo',
  $$ select 'global', array['todos', 'todo/' || c.id] from changed as c where c.user_id is null $$,
  name => 'shared'
);

-- A user is known by the name alone here; an application of yours looks at a password first. The login gets this and not
-- freshet.create_session, which would make anybody an administrator too.
create function sign_in(user_id text) returns text
language sql volatile security definer set search_path = pg_catalog, pg_temp
as $$ select freshet.create_session(u.id) from public.todo_user as u where u.id = sign_in.user_id $$;
revoke execute on function sign_in(text) from public;

-- The application's login knows its tables, and what a token that it is given stands for; the service's knows Freshet,
-- and cannot read a to-do.
create role todo login password :'application_password';
grant select on todo_user to todo;
grant select, insert, update, delete on todo to todo;
grant execute on function sign_in(text), freshet.authenticate(text), freshet.revoke_session(text) to todo;
create role freshet_demo login password :'service_password' in role freshet_service;
