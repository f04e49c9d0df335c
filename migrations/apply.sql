-- Brings any database (PostgreSQL 13 and later) to the newest version of Freshet:
--
--   psql "$DATABASE_URL" -f migrations/apply.sql
--
-- It skips what has been applied, so running it again changes nothing and prints nothing. Each migration is one
-- transaction: a failure stops here and leaves the database as it was before that migration. It needs no superuser; a
-- role that may create a schema in this database is enough.

\set ON_ERROR_STOP on
\set QUIET on
\set AUTOCOMMIT on
set client_min_messages = warning;

do $$
begin
  if current_setting('server_version_num')::integer < 130000 then
    raise exception 'Freshet needs PostgreSQL 13 or later; this server is %.', current_setting('server_version');
  end if;
end
$$;

-- Two that run at once take turns. The lock belongs to this session, because each migration has its own transaction.
select pg_catalog.pg_advisory_lock(7381641280150) as locked \gset

\set migration 0001_schema
\ir apply_one.psql
\set migration 0002_log
\ir apply_one.psql
\set migration 0003_templates
\ir apply_one.psql
\set migration 0004_changed_rows
\ir apply_one.psql
\set migration 0005_expressions
\ir apply_one.psql
\set migration 0006_trigger_code
\ir apply_one.psql
\set migration 0007_triggers
\ir apply_one.psql
\set migration 0008_watch
\ir apply_one.psql
\set migration 0009_watch_query
\ir apply_one.psql
\set migration 0010_preview
\ir apply_one.psql
\set migration 0011_sessions
\ir apply_one.psql
\set migration 0012_watch_sessions
\ir apply_one.psql
\set migration 0013_service
\ir apply_one.psql
\set migration 0014_delivery
\ir apply_one.psql
\set migration 0015_crashes
\ir apply_one.psql
\set migration 0016_partitions
\ir apply_one.psql
\set migration 0017_sacred_writes
\ir apply_one.psql
\set migration 0018_null_keys
\ir apply_one.psql
\set migration 0019_controls
\ir apply_one.psql
\set migration 0020_has_seen
\ir apply_one.psql
\set migration 0021_session_stores
\ir apply_one.psql

-- The role of the service belongs to the cluster, not to this database: an administrator may have made or dropped it
-- since the last time.
select coalesce(freshet.grant_service(), '') as advice \gset
select :'advice' <> '' as advised \gset
\if :advised
\echo :advice
\endif

select pg_catalog.pg_advisory_unlock(7381641280150) as unlocked \gset
