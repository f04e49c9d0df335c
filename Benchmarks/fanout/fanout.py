#!/usr/bin/env python3
"""Measures the fan-out: Freshet beside the floor (a bare loop that only writes), and beside nchan where it is installed.

    scripts/bench                      builds a release binary and measures everything, about ten minutes
    scripts/bench --quick              once and shorter, to see whether a change did harm
    scripts/bench --only per-user row --binary .build/release/freshet

One server at a time has a processor to itself; the load and a private PostgreSQL share another. Figures are medians of the
repetitions, each with a new server process; ratios are those of one repetition, in which the servers take turns. Nothing
is left behind, and no setting of the kernel is changed.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import table
from postgres import Postgres, find_programs
from processes import Failure, choose_processors, end_on_signals
from scenarios import IDLE_SECONDS, MANY, SCENARIOS
from servers import SERVERS, Nchan

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = {
    "load": ["load.c", "crowd.c", "wire.c", "publisher.c", "template.c", "samples.c"],
    "floor": ["floor.c"],
}

# The part of the server's processor that others may take before a figure is not to be trusted.
DISTURBED = 0.1


def say(text):
    print(text, flush=True)


class Bench:
    """What all scenarios share."""

    def __init__(self, options, directory):
        self.directory, self.binary = Path(directory), str(Path(options.binary).resolve())
        self.mounted = options.mounted and str(Path(options.mounted).resolve())
        self.server_processor, self.load_processor = choose_processors()
        # We too, and what we start without saying where, keep off the server's.
        os.sched_setaffinity(0, {self.load_processor})
        self.flood_seconds, self.paced_events, self.rows = (2, 8, 200) if options.quick else (4, 20, 500)
        self.open_files = allow_open_files()
        self.tokens = self.directory / "tokens"
        self.postgres = None

    def idle_steps(self, server):
        # Two whole heartbeats of the default 15 s; the others have none.
        return [f"idle={IDLE_SECONDS}"] if server.name in ("freshet", "mounted") else []

    def compile(self):
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if not compiler:
            raise Failure("a C compiler is missing: apt-get install gcc libc6-dev")
        for program, sources in SOURCES.items():
            libpq = libpq_flags() if program == "load" else []
            paths = [str(Path(__file__).parent / source) for source in sources]
            command = [compiler, "-O2", "-Wall", "-Wextra", "-o", str(self.directory / program), *paths, *libpq]
            done = subprocess.run(command, text=True, capture_output=True)
            if done.returncode != 0:
                hint = " (apt-get install libpq-dev)" if "libpq-fe.h" in done.stderr else ""
                raise Failure(f"{program} does not compile{hint}:\n{done.stderr.strip()}")

    def measure_once(self, name, server):
        with SERVERS[server](self) as running:
            return SCENARIOS[name][1](self, running)

    def measure_calmly(self, name, server, retries, where):
        """Once; or again while others disturb it, and then the least disturbed, whatever its figures are."""
        figures = self.measure_once(name, server)
        for attempt in range(retries):
            if figures.get("others_busy", 0) <= DISTURBED:
                break
            share = f"{100 * figures['others_busy']:.0f} %"
            say(f"{where}: {share} of the server's processor went to others, so once more ({attempt + 1} of {retries})")
            figures = min(figures, self.measure_once(name, server), key=lambda one: one.get("others_busy", 0))
        return figures

    def measure(self, names, peers, repetitions, retries):
        """Every run's figures, and the sentences of those that failed."""
        plan = [
            (repetition, name, server)
            for repetition in range(1, repetitions + 1)
            for name in names
            for server in SCENARIOS[name][0]
            if server in peers
        ]
        runs, failures = [], []
        for number, (repetition, name, server) in enumerate(plan, 1):
            where = f"[{number}/{len(plan)}] {name}, {server}, repetition {repetition}"
            try:
                figures = self.measure_calmly(name, server, retries, where)
            except (Failure, OSError, KeyError) as failure:
                failures.append(f"{name}, {server}, repetition {repetition}: {failure}")
                say(f"{where}: failed: {failure}")
                continue
            runs.append({"scenario": name, "server": server, "repetition": repetition, "figures": figures})
            numbers = {key: value for key, value in figures.items() if isinstance(value, (int, float))}
            say(f"{where}: {', '.join(f'{key} {value:,.4g}' for key, value in numbers.items())}")
        return runs, failures


def libpq_flags():
    if shutil.which("pkg-config"):
        done = subprocess.run(["pkg-config", "--cflags", "--libs", "libpq"], text=True, capture_output=True)
        if done.returncode == 0:
            return done.stdout.split()
    return ["-I/usr/include/postgresql", "-lpq"]


def allow_open_files():
    """Raises the soft limit to the hard one; all that is started inherits it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY:
        hard = 1 << 20
    if hard < MANY + 256:
        raise Failure(
            f"{MANY:,} streams need {MANY + 256:,} open files in each process, and {hard:,} are allowed: raise `ulimit -Hn`"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    return min(hard, 1 << 16)


def first_line(*command):
    done = subprocess.run(command, text=True, capture_output=True)
    return (done.stdout + done.stderr).strip().partition("\n")[0]


def describe_machine(bench, peers):
    models = [line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    processors = f"{os.cpu_count()} in all; the server on {bench.server_processor}, the load on {bench.load_processor}"
    return {
        "processor": f"{(models or [platform.machine()])[0]}, {processors}",
        "kernel": platform.release(),
        "load_average": round(os.getloadavg()[0], 2),
        "freshet": first_line(bench.binary, "--version"),
        "postgres": first_line(f"{find_programs()}/postgres", "--version"),
        "nginx": first_line(Nchan.program, "-v") if "nchan" in peers else None,
    }


def arguments():
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--binary", metavar="FILE", help="a release build of freshet; scripts/bench builds one if it is not given")
    parser.add_argument(
        "--mounted", metavar="FILE", help="a release build of Examples/TaskServer, to measure what it costs to be mounted there"
    )
    parser.add_argument("--build-path", metavar="DIR", help="where scripts/bench builds (.build)")
    parser.add_argument("--quick", action="store_true", help="one repetition, and shorter ones")
    parser.add_argument("--reps", type=int, metavar="N", help="repetitions, for the medians (3)")
    parser.add_argument(
        "--retry", type=int, default=0, metavar="N", help="how often a measurement that others disturbed is made again (0)"
    )
    parser.add_argument("--json", metavar="FILE", help="a file for the table, the machine and every run's figures")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=SCENARIOS, help=f"of {', '.join(SCENARIOS)}")
    # What scripts/bench calls before it builds, for a build is long and an option quickly misspelt.
    parser.add_argument("--try", dest="only_tried", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reps is not None and options.reps < 1:
        parser.error("--reps must be 1 or more")
    options.reps = options.reps or (1 if options.quick else 3)
    return options


def run(options):
    if not options.binary or not os.access(options.binary, os.X_OK):
        raise Failure(f"{options.binary or 'no binary'} cannot be run: --binary names a release build of freshet")
    peers = [name for name in SERVERS if name != "nchan" or Nchan.is_installed()]
    if not options.mounted:
        peers.remove("mounted")
    with tempfile.TemporaryDirectory(prefix="freshet-bench-", dir="/tmp") as directory:
        # PostgreSQL's user has to get through.
        os.chmod(directory, 0o711)
        bench = Bench(options, directory)
        machine = describe_machine(bench, peers)
        if machine["load_average"] > 0.5:
            say(
                f"The load average is {machine['load_average']}: others work on this machine, "
                "so trust the ratios more than the figures."
            )
        if "nchan" not in peers:
            say("nchan is not installed (apt-get install nginx libnginx-mod-nchan): it is left out.")
        say("Compiling the load and the floor …")
        bench.compile()
        say("Starting a private PostgreSQL …")
        with Postgres(directory, bench.load_processor, ROOT) as bench.postgres:
            bench.tokens.touch(mode=0o600)
            bench.tokens.write_text("\n".join(bench.postgres.create_sessions(MANY)) + "\n")
            if bench.mounted:
                bench.postgres.share_sessions()
            runs, failures = bench.measure(options.only or list(SCENARIOS), peers, options.reps, options.retry)
    lines = table.evaluate(runs)
    say("\n" + table.markdown(lines))
    for note in notes(runs) + failures:
        say(f"- {note}")
    if options.json:
        report = {
            "machine": machine, "repetitions": options.reps, "quick": options.quick,
            "table": lines, "failures": failures, "runs": runs,
        }
        Path(options.json).write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    return 1 if failures else 0


def notes(runs):
    """What a reader of the table has to know about this run of it."""
    found = []
    for name in SCENARIOS:
        of_name = [run for run in runs if run["scenario"] == name]
        merged = max((run["figures"].get("told_an_event", 1) for run in of_name), default=1)
        if merged > 1.01:
            found.append(f"{name}: up to {merged:.2f} notifications were merged into an event; the table counts events")
        others = max((run["figures"].get("others_busy", 0) for run in of_name), default=0)
        if others > DISTURBED:
            share = f"{100 * others:.0f} %"
            found.append(f"{name}: up to {share} of the server's processor went to others, so do not trust it; run it again")
        busy = max((run["figures"].get("load_busy", 0) for run in of_name), default=0)
        if busy > 0.9:
            found.append(f"{name}: the load was busy for up to {100 * busy:.0f} % of the time, so events/s are lower bounds")
    return found


def main():
    options = arguments()
    if options.only_tried:
        return 0
    end_on_signals()
    try:
        return run(options)
    except Failure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
