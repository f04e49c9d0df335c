"""The bars, and what became of them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

COLUMNS = ("freshet", "floor", "mounted", "nchan")


@dataclass(frozen=True)
class Bar:
    """One line of the table."""

    what: str
    scenario: str
    figure: str
    digits: int
    # The bound, whether it is one below or above, and of what: the figure itself or its ratio to the floor's.
    bound: float | None = None
    at_most: bool = True
    of_floor: bool = False
    unit: str = ""

    def text(self):
        if self.bound is None:
            return ""
        return f"{'≤' if self.at_most else '≥'} {self.bound:,g}{' × floor' if self.of_floor else self.unit}"


BARS = (
    Bar("broadcast, 1,000 streams: server µs an event", "broadcast-1k", "cpu_us", 2, 1.25, of_floor=True),
    Bar("broadcast, 10,000 streams: server µs an event", "broadcast-10k", "cpu_us", 2, 1.15, of_floor=True),
    Bar("broadcast, 1,000 streams: events/s", "broadcast-1k", "events_per_second", 0, 0.85, False, True),
    Bar("broadcast, 10,000 streams: events/s", "broadcast-10k", "events_per_second", 0, 0.85, False, True),
    Bar("one event to 10,000 streams: p50 ms", "one-event", "p50_ms", 1),
    Bar("one event to 10,000 streams: p99 ms", "one-event", "p99_ms", 1, 1.2, of_floor=True),
    Bar("per user, batches of 50, 10,000 streams: events/s", "per-user", "events_per_second", 0, 0.6, False, True),
    Bar("per user, batches of 50: server µs an event", "per-user", "cpu_us", 2),
    Bar("10,000 idle streams: KB a stream", "idle", "kilobytes", 2, 6),
    Bar("new authenticated streams/s", "idle", "streams_per_second", 0, 8_000, False),
    Bar("10,000 reconnect at once: s until all are live", "reconnect", "seconds", 2, 3),
    Bar("… session lookups a client", "reconnect", "lookups_a_client", 2, 1),
    Bar("… other queries", "reconnect", "other_queries", 0, 0),
    Bar("row committed to bytes read: p50 ms", "row", "p50_ms", 2, 1),
    Bar("row committed to bytes read: p99 ms", "row", "p99_ms", 2, 3),
    Bar("10,000 idle streams: % of a core", "idle", "cpu_percent", 2, 3),
)


def evaluate(runs):
    """A line for each bar: medians of the repetitions, and of the ratio, which is one of a repetition to its own floor."""
    return [evaluate_bar(bar, [run for run in runs if run["scenario"] == bar.scenario]) for bar in BARS]


def evaluate_bar(bar, runs):
    values = {column: {} for column in COLUMNS}
    for run in runs:
        if bar.figure in run["figures"]:
            values[run["server"]][run["repetition"]] = run["figures"][bar.figure]
    line = {"what": bar.what, "bar": bar.text(), "scenario": bar.scenario, "figure": bar.figure, "digits": bar.digits}
    for column in COLUMNS:
        line[column] = statistics.median(values[column].values()) if values[column] else None
    # What has a bound of its own, such as memory, is not divided by what the floor has next to nothing of.
    floor = values["floor"] if bar.of_floor or bar.bound is None else {}
    line["ratio"] = median_ratio(values["freshet"], floor)
    line["nchan_ratio"] = median_ratio(values["nchan"], floor)
    line["mounted_ratio"] = median_ratio(values["mounted"], values["freshet"])
    judged = line["ratio"] if bar.of_floor else line["freshet"]
    line["met"] = None
    if bar.bound is not None and judged is not None:
        line["met"] = judged <= bar.bound if bar.at_most else judged >= bar.bound
    return line


def median_ratio(values, floor):
    ratios = [values[repetition] / floor[repetition] for repetition in values if floor.get(repetition)]
    return statistics.median(ratios) if ratios else None


def markdown(lines):
    rows = [["what", "bar", *COLUMNS, "freshet : floor", "nchan : floor", "mounted : freshet", "met"]]
    rows.append(["---"] * len(rows[0]))
    for line in lines:
        if any(line[column] is not None for column in COLUMNS):
            figures = [number(line[column], line["digits"]) for column in COLUMNS]
            ratios = [number(line[ratio], 2) for ratio in ("ratio", "nchan_ratio", "mounted_ratio")]
            rows.append([line["what"], line["bar"], *figures, *ratios, {None: "", True: "yes", False: "NO"}[line["met"]]])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows)


def number(value, digits):
    return "" if value is None else f"{value:,.{digits}f}"
