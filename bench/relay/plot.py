"""Draws the tables of report.py as one SVG, by gnuplot: a panel for each kind of figure that was measured."""

import subprocess

BARS = (  # scenario, unit of its figures, title
    ("bulk", "CPU s/GiB", "Bulk: CPU seconds a GiB"),
    ("rate", "CPU ms", "Connect, 100 bytes each way, close: CPU ms"),
    ("latency", "CPU us", "Round trip of 200 bytes and 1 KiB: CPU us"),
    ("memory", "KiB/conn", "Idle connection: KiB (PSS)"),
    ("burst", "CPU s", "5,000 connects at once: CPU seconds"),
    ("ftp", "MiB/s", "FTP, one large file: MiB/s"),
    ("ftp", "files/s", "FTP, many small files: files/s"),
)
CURVES = (
    ("CPU us", "CPU us a round trip, by number of sessions"),
    ("KiB/conn", "KiB (PSS) an idle session, by number of sessions"),
)
WIDTH, HEIGHT = 560, 340  # of a panel

STYLE = """\
set datafile missing "-"
set style fill solid
set style histogram clustered gap 1
set boxwidth 0.9 relative
set grid ytics
set yrange [0:*]
set key above
set xtics rotate by -35 scale 0
"""


class Panel:
    """Lines of data, under a name, and the commands that plot them."""

    def __init__(self, title, lines, commands):
        self.title, self.lines, self.commands = title, lines, commands

    def script(self, name):
        data = "\n".join(" ".join("-" if v is None else str(v) for v in line) for line in self.lines)
        return f'{name} << EOD\n{data}\nEOD\nset title "{self.title}"\n{self.commands.replace("DATA", name)}\n'


def histogram(heads):
    return "plot " + ", ".join(
        f'DATA using {column}:xtic(1) with histograms title "{head}"' for column, head in enumerate(heads, 2)
    )


def bars(table, unit, title):
    figures = [f for f in table.figures if f.unit == unit]
    lines = [[name, *(table.cells[name, f].median for f in figures)] for name in table.kinds]
    lines = [line for line in lines if any(line[1:])]
    values = [value for line in lines for value in line[1:] if value]
    # Some peers need a hundred times as much as others, which would be too small to see.
    axis = "set logscale y; set yrange [*:*]" if max(values) > 50 * min(values) else "unset logscale; set yrange [0:*]"
    return Panel(title, lines, f"{axis}\n{histogram([f.head for f in figures])}")


def speed_up(table):
    loads = [[f for f in table.figures if f.unit == unit] for unit in ("GiB/s", "1/s")]

    def ratio(name, one, two):
        slow, fast = table.cells[name, one].median, table.cells[name, two].median
        return fast / slow if slow and fast else None

    lines = [[name, *(ratio(name, *load) for load in loads)] for name in table.kinds]
    aim = ', 1.8 with lines dashtype 2 title "1.8"'
    axis = "unset logscale; set yrange [0:*]"
    return Panel("Two cores beside one: times as fast", lines, f"{axis}\n{histogram(['bulk', 'connects'])}{aim}")


def curves(table, unit, title):
    figures = [f for f in table.figures if f.unit == unit]
    lines = [[f.head.split()[0], *(table.cells[name, f].median for name in table.kinds)] for f in figures]
    plots = ", ".join(
        f'DATA using 1:{column} with linespoints title "{name}"' for column, name in enumerate(table.kinds, 2)
    )
    axis = "unset logscale; set yrange [0:*]; set logscale x; set xrange [80:11000]; set xtics norotate"
    return Panel(title, lines, f"{axis}\nplot {plots}")


def panels(tables):
    of = {table.scenario: table for table in tables}
    yield from (bars(of[scenario], unit, title) for scenario, unit, title in BARS if scenario in of)
    if "scaling" in of:
        yield speed_up(of["scaling"])
        yield from (curves(of["scaling"], unit, title) for unit, title in CURVES)


def draw(tables, path):
    drawn = list(panels(tables))
    rows = (len(drawn) + 1) // 2
    script = f'set terminal svg size {2 * WIDTH},{rows * HEIGHT} font "sans-serif,11" background "white"\n'
    script += f'set output "{path}"\n{STYLE}set multiplot layout {rows},2\n'
    script += "".join(panel.script(f"$panel{number}") for number, panel in enumerate(drawn))
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
