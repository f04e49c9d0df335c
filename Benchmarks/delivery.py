#!/usr/bin/env python3
"""What a watch costs the database, under each delivery: commits a second, and how late a client is told.

    Benchmarks/delivery.py                      builds a release binary and measures everything, about six minutes
    Benchmarks/delivery.py --seconds 3 --rounds 1 --binary .build/debug/freshet

A private PostgreSQL with fsync on is made for it in a temporary directory and removed again. Each figure is the median of
the rounds; the three deliveries take turns in each round, so that a slow minute of the machine slows all of them.
"""

import argparse
import json
import os
import pwd
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = 10_000
DELIVERIES = ("no watch", "notify", "poll")
FLUSHES = (("the disk's own", 0, 5), ("2 ms", 2000, 0))


def fail(message):
    sys.exit(f"delivery.py: {message}")


class Postgres:
    """A private server, as a user that is not root."""

    def __init__(self):
        self.bin = self.find_bin()
        self.prefix, owner = [], None
        if os.getuid() == 0:
            owner = next((u for u in pwd.getpwall() if u.pw_name == "postgres"), None) or pwd.getpwnam("nobody")
            self.prefix = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups", "--"]
        self.directory = tempfile.mkdtemp(prefix="freshet-bench-", dir="/tmp")
        if owner:
            os.chown(self.directory, owner.pw_uid, owner.pw_gid)
        self.data = f"{self.directory}/data"

    @staticmethod
    def find_bin():
        places = [os.environ.get("FRESHET_PG_BINDIR", ""), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")))]
        for place in reversed(places):
            if place and os.access(f"{place}/initdb", os.X_OK):
                return place
        return os.path.dirname(shutil.which("initdb") or fail("no initdb is here: install postgresql"))

    def run(self, program, *arguments):
        done = subprocess.run(
            [*self.prefix, f"{self.bin}/{program}", *arguments], cwd="/", text=True, capture_output=True
        )
        if done.returncode != 0:
            fail(f"{program} failed: {done.stderr or done.stdout}")
        return done.stdout

    def __enter__(self):
        try:
            self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8")
            with open(f"{self.data}/postgresql.conf", "a") as file:
                file.write(f"listen_addresses = ''\nunix_socket_directories = '{self.directory}'\n")
                file.write("max_connections = 100\nshared_buffers = 256MB\nmax_wal_size = 4GB\n")
            self.run("pg_ctl", "-D", self.data, "-l", f"{self.directory}/log", "-w", "start")
        except BaseException:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_):
        subprocess.run(
            [*self.prefix, f"{self.bin}/pg_ctl", "-D", self.data, "-m", "immediate", "stop"],
            cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def environment(self):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "FRESHET_", "DATABASE_URL"))}
        return {**clean, "PGHOST": self.directory, "PGUSER": "postgres", "PGDATABASE": "postgres"}

    def psql(self, *arguments):
        done = subprocess.run(
            [f"{self.bin}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *arguments],
            env=self.environment, text=True, capture_output=True,
        )
        if done.returncode != 0:
            fail(f"psql failed: {done.stderr}")
        return done.stdout.strip()

    def sql(self, text):
        return self.psql("-c", text)


class Service:
    """`freshet serve` on that server."""

    def __init__(self, postgres, binary):
        self.postgres, self.binary = postgres, binary

    def __enter__(self):
        conninfo = f"host={self.postgres.directory} user=postgres dbname=postgres"
        self.process = subprocess.Popen(
            [self.binary, "serve", "--port", "0", "--database-url", conninfo],
            env=self.postgres.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        self.port, live = None, False
        while not (self.port and live):
            line = self.process.stdout.readline() or fail("freshet serve ended before it was live")
            if match := re.search(r"listening on http://[0-9.]+:([0-9]+)", line):
                self.port = int(match[1])
            live = live or "The listener is live." in line
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


class Stream:
    """One client, which notes when each tag was told."""

    def __init__(self, port, token):
        self.told, self.arrived = {}, threading.Condition()
        self.socket = socket.create_connection(("127.0.0.1", port))
        request = f"GET /api/invalidator/sse HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
        self.socket.sendall(request.encode())
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        rest = b""
        while data := self.socket.recv(1 << 16):
            now = time.perf_counter()
            *lines, rest = (rest + data).split(b"\n")
            with self.arrived:
                for line in lines:
                    for tag in re.findall(rb'\["todo",([0-9]+)\]', line):
                        self.told[int(tag)] = now
                self.arrived.notify_all()

    def forget(self, tag):
        with self.arrived:
            self.told.pop(tag, None)

    def wait(self, tag):
        with self.arrived:
            if not self.arrived.wait_for(lambda: tag in self.told, timeout=10):
                fail("an invalidation was not told within ten seconds")
            return self.told.pop(tag)


def deliver(postgres, delivery):
    if delivery == "no watch":
        postgres.sql("select freshet.unwatch('todo')")
        return
    postgres.sql(f"select freshet.configure('delivery', '{delivery}')")
    postgres.sql("select freshet.watch('todo', '{todos,todo/:id}', '{user/:user_id}')")


def throughput(postgres, writers, seconds):
    script = f"{postgres.directory}/update.sql"
    Path(script).write_text(f"\\set id random(1, {ROWS})\nupdate todo set done = not done where id = :id;\n")
    done = subprocess.run(
        [f"{postgres.bin}/pgbench", "-n", "-M", "prepared", "-f", script, "-c", str(writers),
         "-j", str(min(writers, 2)), "-T", str(seconds)],
        env=postgres.environment, text=True, capture_output=True,
    )
    rate = re.search(r"tps = ([0-9.]+) \(without", done.stdout) or re.search(r"tps = ([0-9.]+)", done.stdout)
    latency = re.search(r"latency average = ([0-9.]+) ms", done.stdout)
    if not rate or not latency:
        fail(f"pgbench failed: {done.stderr}")
    return float(rate[1]), float(latency[1])


def lateness(postgres, stream, count):
    """From the commit's answer to the client's read, in milliseconds, one commit after the other."""
    writer = subprocess.Popen(
        [f"{postgres.bin}/psql", "-XAtq"], env=postgres.environment, text=True, bufsize=1,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
    # What is left of the load before is none of this.
    time.sleep(1)
    late = []
    for number in range(count + 20):
        tag = number % ROWS + 1
        stream.forget(tag)
        writer.stdin.write(f"update todo set done = not done where id = {tag};\n\\echo done\n")
        writer.stdin.flush()
        writer.stdout.readline()
        committed = time.perf_counter()
        told = stream.wait(tag)
        if number >= 20:
            late.append(max(0.0, (told - committed) * 1000))
        time.sleep(0.003 + (number % 7) / 1000)
    writer.stdin.close()
    writer.wait()
    late.sort()
    return late[len(late) // 2], late[int(len(late) * 0.99)]


def build():
    print("Building a release binary …", flush=True)
    subprocess.run(["swift", "build", "-c", "release", "--product", "freshet"], cwd=ROOT, check=True)
    return str(ROOT / ".build/release/freshet")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", help="freshet itself; built if it is not given")
    parser.add_argument("--seconds", type=int, default=5, help="how long each figure is measured (5)")
    parser.add_argument("--rounds", type=int, default=3, help="how often, for a median (3)")
    parser.add_argument("--json", help="a file for the figures")
    options = parser.parse_args()
    binary = options.binary or build()
    figures = []
    with Postgres() as postgres:
        postgres.psql("-f", str(ROOT / "migrations/apply.sql"))
        postgres.sql("create table todo (id int primary key, user_id int not null, done boolean not null default false)")
        postgres.sql(f"insert into todo select n, n % 100 from generate_series(1, {ROWS}) as n")
        token = postgres.sql(
            "select freshet.create_session('x', scopes => "
            "(select array_agg('user/' || n) from generate_series(0, 99) as n))"
        )
        with Service(postgres, binary) as service:
            stream = Stream(service.port, token)
            for flush, delay, siblings in FLUSHES:
                postgres.sql(f"alter system set commit_delay = {delay}")
                postgres.sql(f"alter system set commit_siblings = {siblings}")
                postgres.sql("select pg_reload_conf()")
                print(f"\nA flush of the log takes {flush}:\n")
                print("| writers | delivery | commits/s | of no watch | latency | added | told after, p50 | p99 |")
                print("| --- | --- | --- | --- | --- | --- | --- | --- |")
                late = {}
                for delivery in DELIVERIES[1:]:
                    deliver(postgres, delivery)
                    late[delivery] = lateness(postgres, stream, 300)
                for writers in (1, 8, 32):
                    rounds = {delivery: [] for delivery in DELIVERIES}
                    for _ in range(options.rounds):
                        for delivery in DELIVERIES:
                            deliver(postgres, delivery)
                            rounds[delivery].append(throughput(postgres, writers, options.seconds))
                    base = None
                    for delivery in DELIVERIES:
                        rate = statistics.median(r for r, _ in rounds[delivery])
                        latency = statistics.median(l for _, l in rounds[delivery])
                        base = base or (rate, latency)
                        p50, p99 = late.get(delivery, (None, None))
                        told = f"{p50:.1f} ms | {p99:.1f} ms" if p50 is not None and writers == 1 else " | "
                        print(
                            f"| {writers} | {delivery} | {rate:,.0f} | {rate / base[0]:.2f} | {latency:.2f} ms "
                            f"| {latency - base[1]:+.2f} ms | {told} |",
                            flush=True,
                        )
                        figures.append(dict(
                            flush=flush, writers=writers, delivery=delivery, commits_per_second=rate,
                            of_no_watch=rate / base[0], latency_ms=latency, told_p50_ms=p50, told_p99_ms=p99,
                        ))
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
