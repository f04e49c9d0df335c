"""Processes that end with us: each on one processor, with its output in a file, and stopped however we end."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """Something that cannot be measured, in a sentence."""


def choose_processors():
    """One for the server, one for everything else; of two cores where they can be told from two threads of one core."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise Failure(
            f"two processors are needed, one for the server and one for the load, and this process may use {len(allowed)}"
        )
    server = allowed[0]
    try:
        siblings = Path(f"/sys/devices/system/cpu/cpu{server}/topology/thread_siblings_list").read_text().strip()
        shared = {n for part in siblings.split(",") for n in range(int(part.split("-")[0]), int(part.split("-")[-1]) + 1)}
    except (OSError, ValueError):
        shared = {server}
    return server, next((cpu for cpu in allowed if cpu not in shared), allowed[1])


def start(command, processor, log, owner=None, last_signal=signal.SIGKILL, **options):
    """Starts a program. A Ctrl-C does not reach it, for we stop it ourselves; the kernel does should we be killed."""

    def prepare():
        os.sched_setaffinity(0, {processor})
        libc.prctl(PR_SET_PDEATHSIG, int(last_signal), 0, 0, 0)

    if owner:
        options |= dict(user=owner.pw_uid, group=owner.pw_gid, extra_groups=[])
    with open(log, "ab") as output:
        options.setdefault("stdout", output)
        return subprocess.Popen(
            [str(word) for word in command], stderr=output, start_new_session=True, preexec_fn=prepare,
            **{"stdin": subprocess.DEVNULL, "cwd": "/", **options},
        )


def stop(process, asking=signal.SIGTERM, patience=10):
    """Asks a process to end, and ends it when it does not."""
    if process.poll() is None:
        process.send_signal(asking)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def await_text(process, log, texts, patience=30):
    """The log's text as soon as it holds all of these."""
    end = time.monotonic() + patience
    while True:
        text = Path(log).read_text(errors="replace")
        if all(wanted in text for wanted in texts):
            return text
        if process.poll() is not None or time.monotonic() > end:
            state = "has ended" if process.poll() is not None else f"is not ready after {patience} s"
            raise Failure(f"{Path(process.args[0]).name} {state}; its last words: {last_words(log)}")
        time.sleep(0.02)


def last_words(log):
    return " / ".join(Path(log).read_text(errors="replace").strip().splitlines()[-3:]) or "none"


def with_children(pid):
    """A process and all that descend from it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                pass
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family


def processor_time(pids):
    """Seconds, to the nanosecond: each process has a clock, whose number is made of its id (clock_getcpuclockid(3))."""
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def resident_kilobytes(pids):
    """What is in memory; of a page that several of them share, each has its part."""
    kilobytes = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kilobytes += int(line.split()[1])
    return kilobytes


def await_quiet(pids, patience=30):
    """Until they use less than a twentieth of a processor for half a second: whatever came before is over."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        before = processor_time(pids)
        time.sleep(0.5)
        if processor_time(pids) - before < 0.025:
            return
    raise Failure("the server does not come to rest")


def end_on_signals():
    """A signal becomes an exception, so that everything that was started is stopped and every file removed."""

    def ended(number, _):
        for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(other, signal.SIG_IGN)
        sys.exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ended)
