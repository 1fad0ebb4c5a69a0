#!/usr/bin/env python3
"""Prints what bench.py measured as one table: medians, and the ratio to the best TLS peer of each figure."""

import argparse
import collections
import json
import statistics

GIB = 2**30

# `head` and `unit` stand above the column, `value` takes it from a row, `better` is min or max.
Figure = collections.namedtuple("Figure", "measure head unit value better")


def relay_us(row):
    return sum(row["relay_us"].values())


def cpu_a_gib(row):
    return relay_us(row) / 1e6 / (row["bytes"] / GIB)


def gib_a_second(row):
    return row["bytes"] / GIB / row["seconds"]


def cpu_an_exchange(unit):
    return lambda row: relay_us(row) / unit / row["done"]


def done_a_second(row):
    return row["done"] / row["seconds"]


def kib_a_connection(key):
    return lambda row: (row[key] - row["base_kib"]) / row["connections"] if key in row else None


FIGURES = [
    Figure("rate-full", "handshake", "CPU ms", cpu_an_exchange(1e3), min),
    Figure("rate-full", "handshake", "1/s", done_a_second, max),
    Figure("rate-resumed", "resumed", "CPU ms", cpu_an_exchange(1e3), min),
    Figure("rate-resumed", "resumed", "1/s", done_a_second, max),
    Figure("latency-1", "1 conn", "p50 us", lambda row: row["p50_us"], min),
    Figure("latency-64", "64 conn", "CPU us", cpu_an_exchange(1), min),
    Figure("latency-64", "64 conn", "p99 us", lambda row: row["p99_us"], min),
    Figure("latency-paced", "paced", "CPU us", cpu_an_exchange(1), min),
    Figure("latency-paced", "paced", "p99 us", lambda row: row["p99_us"], min),
    Figure("memory", "idle", "KiB/conn", kib_a_connection("idle_kib"), min),
    Figure("memory", "rested", "KiB/conn", kib_a_connection("rested_kib"), min),
    Figure("burst", "burst", "CPU s", lambda row: relay_us(row) / 1e6, min),
    Figure("burst", "burst", "seconds", lambda row: row["seconds"], min),
]


def figures_of(measures):
    """The figures of these measures; bulk has as many as bench.py was asked for."""
    bulk = [m for m in dict.fromkeys(measures) if m.startswith("bulk-")]
    heads = {m: m.removeprefix("bulk-").replace("-", " ") for m in bulk}
    found = [Figure(m, heads[m], "CPU s/GiB", cpu_a_gib, min) for m in bulk]
    found += [Figure(m, heads[m], "GiB/s", gib_a_second, max) for m in bulk]
    return found + [f for f in FIGURES if f.measure in measures]


def show(value):
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def broken(measure, row):
    """Connections that failed or were never answered: their figure flatters."""
    unanswered = row["connections"] - row["done"] - row["failed"] if measure == "burst" else 0
    return row["failed"] + unanswered


def value_of(figure, row):
    """None where there is no relay whose time could be taken, or nothing to divide by."""
    if figure.unit.startswith("CPU") and not row["relay_us"]:
        return None
    try:
        return figure.value(row)
    except ZeroDivisionError:
        return None


def brief(measure, row):
    values = [(f, value_of(f, row)) for f in figures_of([measure])]
    text = ", ".join(f"{show(v)} {f.unit}" for f, v in values if v is not None)
    return text + (f", {broken(measure, row)} connections failed" if broken(measure, row) else "")


def read(paths):
    rows = []
    for path in paths:
        with open(path) as lines:
            rows += [json.loads(line) for line in lines]
    return rows


class Cell:
    """One figure of one contender over all rounds."""

    def __init__(self, figure, rows):
        values = [value_of(figure, row) for row in rows]
        self.values = [v for v in values if v is not None]
        self.median = statistics.median(self.values) if self.values else None
        self.broken = sum(broken(figure.measure, row) for row in rows)

    def text(self, best, spread):
        if self.median is None:
            return ""
        text = show(self.median)
        if spread and len(self.values) > 1:
            text += f" [{show(min(self.values))}-{show(max(self.values))}]"
        if best and self is not best and best.median:
            text += f" x{self.median / best.median:.2f}"
        return text + ("*" if self is best else "") + ("!" if self.broken else "")


def print_table(rows, spread=False):
    good = [row for row in rows if "error" not in row]
    kinds = {row["contender"]: row["kind"] for row in good}
    figures = figures_of([row["measure"] for row in good])
    cells = {
        (name, f): Cell(f, [r for r in good if r["contender"] == name and r["measure"] == f.measure])
        for name in kinds
        for f in figures
    }
    figures = [f for f in figures if any(cells[name, f].median is not None for name in kinds)]
    lines = [["", *(f.head for f in figures)], ["contender", *(f.unit for f in figures)]]
    best = {}
    for f in figures:
        peers = [cells[name, f] for name, kind in kinds.items() if kind == "tls"]
        best[f] = f.better((c for c in peers if c.median is not None), key=lambda c: c.median, default=None)
    for name, kind in kinds.items():
        lines.append([name, *(cells[name, f].text(best[f] if kind != "none" else None, spread) for f in figures)])
    widths = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip())
    print_notes(rows, good, any(best.values()), any(c.broken for c in cells.values()))


def print_notes(rows, good, compared, broke):
    print()
    if compared:
        print("* best TLS peer of this figure; xN: ratio to it. CPU is that of both halves of a pair.")
    if broke:
        print("! some connections failed, so this figure flatters; the JSON lines say how many.")
    others = [
        1 - (relay_us(row) + row["generator_us"]) / row["machine_us"] for row in good if row.get("machine_us", 0) > 0
    ]
    if others:
        print(f"Other work on this machine had {max(0, statistics.median(others)):.0%} of the time used (median).")
    errors = collections.Counter(f"{r['contender']} {r['measure']}: {r['error']}" for r in rows if "error" in r)
    for text, count in errors.items():
        print(f"broke {count} times: {text}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("files", nargs="+", help="JSON lines that bench.py wrote")
    p.add_argument("--spread", action="store_true", help="add the least and the greatest value")
    arguments = p.parse_args()
    print_table(read(arguments.files), arguments.spread)


if __name__ == "__main__":
    main()
