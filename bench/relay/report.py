#!/usr/bin/python3
"""Prints what bench.py measured, a table for each scenario: medians, and ratios to what each is compared with."""

import argparse
import collections
import json
import statistics
import sys

import plot
from figures import broken, figures_of, relay_us, value_of

TITLES = {
    "bulk": "Bulk",
    "rate": "Connect, 100 bytes each way, close",
    "latency": "Round trips: 200 bytes, 1 KiB back",
    "memory": "Memory of idle connections (PSS); rested: after traffic",
    "burst": "5,000 connects at once",
    "ftp": "FTP; CPU is that of the FTP server and of ours",
    "scaling": "Scaling",
}


def show(value):
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def brief(row):
    values = [(f, value_of(f, row)) for f in figures_of(row["measure"])]
    text = ", ".join(f"{show(v)} {f.unit}" for f, v in values if v is not None)
    return text + (f", {broken(row)} connections failed" if broken(row) else "")


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
        self.broken = sum(broken(row) for row in rows)

    def text(self, references, spread):
        if self.median is None:
            return ""
        text = show(self.median)
        if spread and len(self.values) > 1:
            text += f" [{show(min(self.values))}-{show(max(self.values))}]"
        ratios = [f"x{self.median / r.median:.2f}" for r in references if r is not self and r.median]
        return " ".join([text, *ratios]) + ("*" if self in references else "") + ("!" if self.broken else "")


class Table:
    """The rows of one scenario that did not break."""

    def __init__(self, scenario, rows):
        self.scenario = scenario
        self.kinds = {row["contender"]: row["kind"] for row in rows}
        figures = [f for measure in dict.fromkeys(row["measure"] for row in rows) for f in figures_of(measure)]
        self.cells = {
            (name, f): Cell(f, [r for r in rows if r["contender"] == name and r["measure"] == f.measure])
            for name in self.kinds
            for f in figures
        }
        self.figures = [f for f in figures if any(self.cells[name, f].median is not None for name in self.kinds)]

    def references(self, name, figure):
        """What a figure of a contender is divided by."""
        if figure.better is None or self.kinds[name] == "none":
            return []
        if self.scenario == "ftp":
            standards = ("bare", "ftps-own") if self.kinds[name] == "ours" else ()
            return [self.cells[chain, figure] for chain in standards if chain in self.kinds]
        if self.scenario == "scaling":
            load = figure.measure.rpartition("-")[0]
            first = next(f for f in self.figures if f.unit == figure.unit and f.measure.startswith(load))
            return [self.cells[name, first]] if figure is not first else []
        peers = [self.cells[peer, figure] for peer, kind in self.kinds.items() if kind == "tls"]
        best = figure.better((c for c in peers if c.median is not None), key=lambda c: c.median, default=None)
        return [best] if best else []

    def print(self, spread):
        lines = [[TITLES[self.scenario], *(f.head for f in self.figures)], ["", *(f.unit for f in self.figures)]]
        for name in self.kinds:
            texts = (self.cells[name, f].text(self.references(name, f), spread) for f in self.figures)
            lines.append([name, *texts])
        lines[0][0], title = "", lines[0][0]
        widths = [max(map(len, column)) for column in zip(*lines)]
        print(title)
        for line in lines:
            print("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip())
        print()


def tables(rows):
    """In the order of TITLES."""
    of = collections.defaultdict(list)
    for row in rows:
        if "error" not in row:
            of[row["measure"].partition("-")[0]].append(row)
    return [Table(scenario, of[scenario]) for scenario in TITLES if of[scenario]]


def print_tables(rows, spread=False):
    for table in tables(rows):
        table.print(spread)
    print("xN: ratio to the best TLS peer (*) of this figure; FTP: to the bare server, and to the server's own TLS;")
    print("scaling: to one core, or to the fewest sessions. CPU is that of both halves of a pair. Speeds of scaling are")
    print("those of the relay's cores, as if they did not work for the load generator too.")
    if any(broken(row) for row in rows if "error" not in row):
        print("! some connections failed, so this figure flatters; the JSON lines say how many.")
    others = [1 - (relay_us(row) + row["generator_us"]) / row["machine_us"] for row in rows if row.get("machine_us")]
    if others:
        print(f"Other work on this machine had {max(0, statistics.median(others)):.0%} of the time used (median).")
    errors = collections.Counter(f"{r['contender']} {r['measure']}: {r['error']}" for r in rows if "error" in r)
    for text, count in errors.items():
        print(f"broke {count} times: {text}")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("files", nargs="+", help="JSON lines that bench.py wrote")
    p.add_argument("--spread", action="store_true", help="add the least and the greatest value")
    p.add_argument("--svg", metavar="FILE", help="draw the medians into FILE, by gnuplot")
    arguments = p.parse_args()
    rows = read(arguments.files)
    print_tables(rows, arguments.spread)
    if arguments.svg:
        try:
            plot.draw(tables(rows), arguments.svg)
        except FileNotFoundError:
            sys.exit("there is no gnuplot: scripts/install-packages.sh bench")


if __name__ == "__main__":
    main()
