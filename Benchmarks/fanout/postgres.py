"""A private PostgreSQL in a temporary directory, with Freshet's migrations, users, and a watched table."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from processes import Failure, start, stop

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{directory}'
max_connections = 50
shared_buffers = 128MB
max_wal_size = 4GB
shared_preload_libraries = 'pg_stat_statements'
# Nothing that wakes up by itself, on the processor of the load.
autovacuum = off
"""

# A stamp is text that the generator knows again; a stream reads it in the tag of its row.
TABLE = """
create extension pg_stat_statements;
create role bench_service login;
grant freshet_service to bench_service;
create table todo (id bigint generated always as identity primary key, user_id text not null, stamp text not null);
select freshet.watch('todo', '{todos,todo/:id,at/:stamp}', '{user/:user_id}');
"""


def find_programs():
    """The directory of initdb and postgres, which Debian keeps out of PATH."""
    places = [os.environ.get("FRESHET_PG_BINDIR")]
    if not places[0]:
        def version(path):
            return [int(part) for part in path.parent.name.split(".") if part.isdigit()]

        installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version, reverse=True)
        places = [*map(str, installed), os.path.dirname(shutil.which("initdb") or "")]
    for place in places:
        if place and all(os.access(f"{place}/{program}", os.X_OK) for program in ("initdb", "postgres", "psql")):
            return place
    raise Failure("PostgreSQL's programs (initdb, postgres, psql) are missing: apt-get install postgresql")


class Postgres:
    def __init__(self, directory, processor, root):
        self.programs, self.processor, self.root = find_programs(), processor, root
        self.directory = Path(directory) / "postgres"
        self.data, self.log = self.directory / "data", self.directory / "log"
        self.owner = None
        if os.getuid() == 0:
            # PostgreSQL refuses to run as root.
            users = {user.pw_name: user for user in pwd.getpwall()}
            self.owner = users.get("postgres") or users.get("nobody")
            if not self.owner:
                raise Failure("PostgreSQL does not run as root, and there is no user postgres or nobody")

    def __enter__(self):
        self.directory.mkdir(mode=0o700)
        self.log.touch()
        if self.owner:
            for path in (self.directory, self.log):
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        initdb = [
            f"{self.programs}/initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--locale=C", "-E", "UTF8",
            "--no-sync",
        ]
        process = start(initdb, self.processor, self.log, self.owner)
        try:
            if process.wait(120) != 0:
                raise Failure(f"initdb failed: {self.log.read_text(errors='replace').strip()[-300:]}")
        finally:
            stop(process)
        with open(self.data / "postgresql.conf", "a") as file:
            file.write(SETTINGS.format(directory=self.directory))
        # SIGINT is what PostgreSQL calls a fast shutdown.
        server = [f"{self.programs}/postgres", "-D", self.data]
        self.process = start(server, self.processor, self.log, self.owner, signal.SIGINT)
        try:
            self.await_start()
            self.psql("-f", self.root / "migrations/apply.sql")
            self.sql(TABLE)
        except BaseException:
            self.__exit__()
            raise
        return self

    def await_start(self):
        end = time.monotonic() + 60
        while self.try_psql("-c", "select 1").returncode != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                words = self.log.read_text(errors="replace").strip()[-300:]
                if "pg_stat_statements" in words:
                    words = "pg_stat_statements is missing: apt-get install postgresql-contrib"
                raise Failure(f"PostgreSQL did not start: {words}")
            time.sleep(0.1)

    def __exit__(self, *_):
        stop(self.process, signal.SIGINT)

    def conninfo(self, user):
        return f"host={self.directory} user={user} dbname=postgres"

    @property
    def environment(self):
        """Ours without what would name another database or change what is measured."""
        return {k: v for k, v in os.environ.items() if not k.startswith(("PG", "FRESHET_", "DATABASE_URL"))}

    def try_psql(self, *arguments):
        psql = [f"{self.programs}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.conninfo("postgres")]
        return subprocess.run([*psql, *map(str, arguments)], env=self.environment, cwd="/", text=True, capture_output=True)

    def psql(self, *arguments):
        done = self.try_psql(*arguments)
        if done.returncode != 0:
            raise Failure(f"psql failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def sql(self, text):
        return self.psql("-c", text)

    def create_sessions(self, count):
        """A session for each of the users u0, u1 …; returns their tokens."""
        tokens = self.sql(
            f"select freshet.create_session('u' || n) from generate_series(0, {count - 1}) as n order by n"
        ).split()
        self.sql("vacuum analyze freshet.session")
        return tokens

    def share_sessions(self):
        """The same sessions in the table of the example's own."""
        self.psql("-v", "login=bench_service", "-f", self.root / "Examples/TaskServer/schema.sql")
        self.sql("""
            insert into account_session (token_sha256, account, expires_at)
              select token_sha256, user_id, expires_at from freshet.session;
        """)
        self.sql("vacuum analyze account_session")
