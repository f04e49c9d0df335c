"""What is measured. A scenario takes a server that has just been started and returns its figures."""

import json
import os
import subprocess

from processes import Failure, await_quiet, last_words, start, stop

MANY, FEW, BATCH = 10_000, 1_000, 50

# So many broadcasts are under way at once: enough that a server always has the next one, too few to lie in wait and be
# merged.
WINDOW = 3
IDLE_SECONDS = 30


def load(bench, server, streams, *arguments):
    """Runs the generator; yields each step's report, and goes on at a gate when the next one is asked for."""
    log = bench.directory / "load.log"
    log.write_text("")
    pids = ",".join(map(str, server.pids))
    process = start(
        [
            bench.directory / "load", "--port", server.port, "--streams", streams, "--watch", pids,
            *server.streams(), *arguments,
        ],
        bench.load_processor, log, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    )
    busy = busy_time(bench.server_processor)
    try:
        for line in process.stdout:
            report, before, busy = json.loads(line), busy, busy_time(bench.server_processor)
            report["others_busy"] = max(0.0, busy - before - report["server_cpu"]) / max(report["wall"], 0.1)
            # Never a figure without its events: what was lost made the rest quicker.
            wrong = {key: report[key] for key in ("failed", "closed", "resets", "goaways", "missing") if report.get(key)}
            if wrong:
                raise Failure(f"step {report['step']}: " + ", ".join(f"{count:,} {key}" for key, count in wrong.items()))
            yield report
            if report["step"] == "gate":
                busy = busy_time(bench.server_processor)
                process.stdin.write("\n")
        if process.wait() != 0:
            raise Failure(f"the load failed: {last_words(log)}")
    finally:
        process.stdin.close()
        stop(process)
        process.stdout.close()


def busy_time(processor):
    """Seconds that a processor has worked for anybody, or was withheld from this machine (proc(5): stat)."""
    for line in open("/proc/stat"):
        name, *ticks = line.split()
        if name == f"cpu{processor}":
            user, nice, system, _, _, interrupts, soft_interrupts, stolen = map(int, ticks[:8])
            return (user + nice + system + interrupts + soft_interrupts + stolen) / os.sysconf("SC_CLK_TCK")
    raise Failure(f"/proc/stat does not name processor {processor}")


def steps(*arguments):
    """The reports of a whole run, by step."""
    return {report["step"]: report for report in load(*arguments)}


def broadcast(streams):
    def measure(bench, server):
        flood = f"flood={bench.flood_seconds},{WINDOW}"
        report = steps(bench, server, streams, *server.broadcast(), "open", "idle=1", "paced=4,50", flood)["flood"]
        return of_flood(report)

    return measure


def of_flood(report):
    if not report["server_cpu"]:
        raise Failure("the server used no processor time, so these were not its processes")
    return {
        "cpu_us": report["server_cpu"] / report["events"] * 1e6,
        "events_per_second": report["events"] / report["seconds"],
        # Several notifications that arrive in one read are one event of a stream; 1 where none were merged.
        "told_an_event": report["stamps"] / report["events"],
        "server_busy": report["server_cpu"] / report["wall"],
        "load_busy": report["load_cpu"] / report["wall"],
        "others_busy": report["others_busy"],
    }


def one_event(bench, server):
    paced = f"paced={bench.paced_events},500"
    report = steps(bench, server, MANY, *server.broadcast(logged=True), "open", "idle=2", "paced=2,500", paced)["paced"]
    return {
        "p50_ms": report["latency"]["p50"],
        "p99_ms": report["latency"]["p99"],
        "cpu_us": report["server_cpu"] / report["events"] * 1e6,
        "others_busy": report["others_busy"],
    }


def per_user(bench, server):
    flood = f"flood={bench.flood_seconds},8"
    tell = [*server.to_users(BATCH), "--batch", BATCH]
    return of_flood(steps(bench, server, MANY, *tell, "open", "idle=1", "paced=20,20", flood)["flood"])


def idle(bench, server):
    before = server.resident()
    figures = {}
    # Nothing is told, but the floor lives as long as somebody could.
    reports = load(bench, server, MANY, *server.broadcast(), "open", "idle=3", "gate", *bench.idle_steps(server))
    for report in reports:
        if report["step"] == "open":
            figures["streams_per_second"] = MANY / report["seconds"]
            figures["open_cpu_us"] = report["server_cpu"] / MANY * 1e6
            figures["others_busy"] = report["others_busy"]
        elif report["step"] == "gate":
            figures["kilobytes"] = (server.resident() - before) / MANY
        elif report["wall"] > 10:
            figures["cpu_percent"] = 100 * report["server_cpu"] / report["wall"]
            figures["heartbeats"] = report["beats"]
    return figures


def reconnect(bench, server):
    figures = {}
    plan = ["open", "paced=1,100", "drop", "gate", "reopen", "idle=2"]
    for report in load(bench, server, MANY, *server.broadcast(logged=True), *plan):
        if report["step"] == "gate":
            await_quiet(server.pids)
            # What everybody misses, so that each has something to be told of when it comes back.
            bench.postgres.sql("select freshet.invalidate(array['todos', 'at/@' || repeat('0', 19)])")
            await_quiet(server.pids)
            bench.postgres.sql("select pg_stat_statements_reset()")
        elif report["step"] == "reopen":
            figures["seconds"] = report["seconds"]
            figures["cpu_us"] = report["server_cpu"] / MANY * 1e6
            figures["resumed"] = report["resumed"]
            figures["others_busy"] = report["others_busy"]
            figures |= queries(bench.postgres)
    if figures["resumed"] != MANY:
        raise Failure(f"{figures['resumed']:,} of {MANY:,} streams were resumed")
    return figures


def queries(postgres):
    """What the service has asked since the statistics were reset."""
    asked = json.loads(postgres.sql("""
        select coalesce(json_agg(json_build_object('calls', s.calls, 'rows', s.rows, 'query', s.query)), '[]')
          from pg_stat_statements as s join pg_roles as r on r.oid = s.userid where r.rolname = 'bench_service'
    """))
    lookups = [one for one in asked if "freshet.lookup_sessions" in one["query"]]
    # The heartbeat, which comes with or without clients, is none of theirs.
    others = [one for one in asked if one not in lookups and "freshet.beat" not in one["query"]]
    return {
        "lookup_calls": sum(one["calls"] for one in lookups),
        "lookups_a_client": sum(one["rows"] for one in lookups) / MANY,
        "other_queries": sum(one["calls"] for one in others),
        "others": others,
    }


def row(bench, server):
    paced = f"paced={bench.rows},5"
    report = steps(bench, server, 1, *server.insert(), "open", "idle=1", "paced=100,5", paced)["paced"]
    after, since = report["after_answer"], report["latency"]
    return {
        "p50_ms": after["p50"],
        "p99_ms": after["p99"],
        "sent_p50_ms": since["p50"],
        "sent_p99_ms": since["p99"],
        "others_busy": report["others_busy"],
    }


# By name: the servers that it is for, and how it is measured.
SCENARIOS = {
    "broadcast-1k": (("floor", "freshet", "mounted", "nchan"), broadcast(FEW)),
    "broadcast-10k": (("floor", "freshet", "mounted", "nchan"), broadcast(MANY)),
    "one-event": (("floor", "freshet", "mounted", "nchan"), one_event),
    "per-user": (("floor", "freshet", "mounted", "nchan"), per_user),
    "idle": (("floor", "freshet", "mounted", "nchan"), idle),
    "reconnect": (("freshet",), reconnect),
    "row": (("freshet",), row),
}
