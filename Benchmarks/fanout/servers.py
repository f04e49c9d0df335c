"""The servers that are compared: each has a port, processes to measure, and says how the generator is to talk to it."""

import os
import socket
import subprocess
import time
from pathlib import Path

from processes import Failure, await_text, last_words, resident_kilobytes, start, stop, with_children

# The same event for all: three tags and a scope, as Freshet writes it.
EVENT = '{{"tags":[["todos"],["todo",123456],["at","{{stamp}}"]],"scopes":["{scope}"]}}'
NOTE = '{{"tags":[["todos"],["todo",123456],["at","{{stamp}}"]],"scope":"{scope}"}}'
EVERYBODY, ONE = "global", "user/u{user}"


class Server:
    name = ""

    def __init__(self, bench):
        self.bench, self.log = bench, bench.directory / f"{self.name}.log"

    def __enter__(self):
        self.log.write_text("")
        self.process = None
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            stop(self.process)

    def run(self, *command, **options):
        self.process = start(command, self.bench.server_processor, self.log, **options)

    @property
    def pids(self):
        return with_children(self.process.pid)

    def resident(self):
        return resident_kilobytes(self.pids)


class Freshet(Server):
    name = "freshet"

    def start(self):
        postgres = self.bench.postgres
        self.run(
            self.bench.binary, "serve", "--port", "0", "--database-url", postgres.conninfo("bench_service"),
            env=postgres.environment,
        )
        text = await_text(self.process, self.log, ["listening on http://127.0.0.1:", "The listener is live."])
        self.port = int(text.split("listening on http://127.0.0.1:", 1)[1].split("/", 1)[0].split()[0])

    def streams(self):
        return ["--path", "/api/invalidator/sse", "--tokens", self.bench.tokens, "--live", "welcome"]

    def broadcast(self, logged=False):
        note = NOTE.format(scope=EVERYBODY)
        if logged:
            # The whole way: the log, the proof, the position.
            statement = "select freshet.invalidate(array['todos', 'todo/123456', 'at/{stamp}'])"
        else:
            statement = f"select pg_notify('freshet', '{note}')"
        return self.publish(statement)

    def to_users(self, batch):
        note = NOTE.format(scope="user/u' || ({first} + n * {stride}) % {streams} || '")
        return self.publish(f"select count(pg_notify('freshet', '{note}')) from generate_series(0, {batch - 1}) as n")

    def insert(self):
        return self.publish("insert into todo (user_id, stamp) values ('u0', '{stamp}')")

    def publish(self, statement):
        return ["--publish", "postgres:" + self.bench.postgres.conninfo("postgres"), "--text", statement, "--lanes", "2"]


class Mounted(Freshet):
    """The same hub inside another server: the example, whose streams are responses of Hummingbird's."""

    name = "mounted"

    def start(self):
        postgres = self.bench.postgres
        environment = {"DATABASE_URL": postgres.conninfo("bench_service"), "PORT": "0"}
        self.run(self.bench.mounted, env=postgres.environment | environment)
        text = await_text(self.process, self.log, ["listening on http://127.0.0.1:", "The listener is live."])
        self.port = int(text.split("listening on http://127.0.0.1:", 1)[1].split()[0])


class Floor(Server):
    name = "floor"

    def start(self):
        self.control = self.bench.directory / "floor.control"
        self.control.unlink(missing_ok=True)
        self.run(self.bench.directory / "floor", self.control)
        self.port = int(await_text(self.process, self.log, ["\n"]))

    def __exit__(self, *_):
        # It ends with its generator, and says with its status whether the kernel took every write.
        if self.process:
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                pass
            status = self.process.poll()
            stop(self.process)
            if status:
                raise Failure(f"the floor failed: {last_words(self.log)}")

    def streams(self):
        return ["--path", "/{user}", "--live", "head"]

    def broadcast(self, logged=False):
        return self.publish(EVERYBODY)

    def to_users(self, batch):
        return self.publish(ONE)

    def publish(self, scope):
        # As long as Freshet's: a name, a position, the same data.
        event = f"event: invalidate\nid: k3af713832ee9-81231\ndata: {EVENT.format(scope=scope)}\n\n"
        return ["--publish", f"floor:{self.control}", "--text", event]


class Nchan(Server):
    """nginx with nchan: one worker, its memory store, nobody authorised."""

    name = "nchan"
    module = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
    program = next((path for path in ("/usr/sbin/nginx", "/usr/bin/nginx") if os.access(path, os.X_OK)), None)

    @classmethod
    def is_installed(cls):
        return bool(cls.program) and cls.module.exists()

    def start(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        directory = self.bench.directory / "nginx"
        directory.mkdir(exist_ok=True)
        configuration = directory / "nginx.conf"
        configuration.write_text(self.configuration(directory))
        tried = subprocess.run([self.program, "-t", "-c", str(configuration)], text=True, capture_output=True)
        if tried.returncode != 0:
            raise Failure(f"nginx refuses its configuration: {tried.stderr.strip()}")
        self.run(self.program, "-c", configuration)
        await_port(self.process, self.port, self.log)
        # The master listens before there is a worker, which does all the work that is to be measured.
        end = time.monotonic() + 5
        while len(self.pids) < 2:
            if time.monotonic() > end:
                raise Failure(f"nginx has no worker; its last words: {last_words(self.log)}")
            time.sleep(0.01)

    def configuration(self, directory):
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "".join(f"{kind}_temp_path {directory}/{kind};\n" for kind in kinds)
        user = "user root;" if os.getuid() == 0 else ""
        return f"""
load_module {self.module};
{user}
daemon off;
worker_processes 1;
pid {directory}/pid;
error_log stderr warn;
events {{ worker_connections {self.bench.open_files - 100}; multi_accept on; }}
http {{
{paths}
access_log off;
keepalive_requests 1000000000;
keepalive_timeout 1h;
nchan_shared_memory_size 256M;
nchan_message_buffer_length 10;
nchan_message_timeout 1m;
server {{
    listen 127.0.0.1:{self.port} backlog=65535;
    location ~ ^/hear/(\\w+)$ {{
        nchan_subscriber eventsource;
        nchan_subscriber_first_message newest;
        nchan_channel_id $1;
    }}
    location ~ ^/tell/(\\w+)$ {{
        nchan_publisher http;
        nchan_channel_id $1;
    }}
}}
}}
"""

    def streams(self):
        return ["--live", "head"]

    def broadcast(self, logged=False):
        return ["--path", "/hear/all", *self.publish("/tell/all", EVERYBODY)]

    def to_users(self, batch):
        return ["--path", "/hear/u{user}", *self.publish("/tell/u{user}", ONE)]

    def publish(self, path, scope):
        return ["--publish", f"http:{self.port}", "--post-path", path, "--text", EVENT.format(scope=scope)]


def await_port(process, port, log):
    for _ in range(500):
        if process.poll() is not None:
            raise Failure(f"nginx has ended; its last words: {last_words(log)}")
        with socket.socket() as probe:
            probe.settimeout(0.1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise Failure("nginx does not listen after five seconds")


SERVERS = {server.name: server for server in (Floor, Freshet, Mounted, Nchan)}
