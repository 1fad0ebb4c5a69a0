"""What a row that bench.py wrote is worth: the figures of each measure."""

import collections

GIB, MIB = 2**30, 2**20

# `head` and `unit` stand above the column, `value` takes it from a row, `better` is min or max, or None where a ratio
# says nothing.
Figure = collections.namedtuple("Figure", "measure head unit value better")


def relay_us(row):
    return sum(row["relay_us"].values())


def cpu_a_gib(row):
    return relay_us(row) / 1e6 / (row["bytes"] / GIB)


def cpu_of_done(unit):
    return lambda row: relay_us(row) / unit / row["done"]


def a_second(key, unit=1):
    return lambda row: row[key] / unit / row["seconds"]


def a_second_of_the_relays_cores(key, unit=1):
    """As if they had nothing else to do: the load generator's share of them is not counted, their idle time is."""
    return lambda row: row[key] / unit * row["cores"] / ((relay_us(row) + row["idle_us"]) / 1e6)


def kib_a_connection(key):
    return lambda row: (row[key] - row["base_kib"]) / row["connections"] if key in row else None


def broken(row):
    """Connections that failed or were never answered: their figure flatters."""
    unanswered = row["connections"] - row["done"] - row["failed"] if row["measure"] == "burst" else 0
    return row.get("failed", 0) + unanswered


def value_of(figure, row):
    """None where there is no relay whose time could be taken, or nothing to divide by."""
    if figure.unit.startswith("CPU") and not row["relay_us"]:
        return None
    try:
        return figure.value(row)
    except ZeroDivisionError:
        return None


def bulk(measure, what):
    head = what.replace("-", " ")
    yield Figure(measure, head, "CPU s/GiB", cpu_a_gib, min)
    yield Figure(measure, head, "GiB/s", a_second("bytes", GIB), max)


def rate(measure, what):
    yield Figure(measure, what, "CPU ms", cpu_of_done(1e3), min)
    yield Figure(measure, what, "1/s", a_second("done"), max)


def latency(measure, what):
    head = f"{what} conn"
    yield Figure(measure, head, "CPU us", cpu_of_done(1), min)
    for key, name in (("p50_us", "p50 us"), ("p99_us", "p99 us"), ("p999_us", "p99.9 us")):
        yield Figure(measure, head, name, lambda row, key=key: row[key], min)


def memory(measure, what):
    yield Figure(measure, f"{what} idle", "KiB/conn", kib_a_connection("idle_kib"), min)
    yield Figure(measure, f"{what} rested", "KiB/conn", kib_a_connection("rested_kib"), min)


def burst(measure, _):
    yield Figure(measure, "burst", "CPU s", lambda row: relay_us(row) / 1e6, min)
    yield Figure(measure, "burst", "seconds", lambda row: row["seconds"], min)
    yield Figure(measure, "burst", "failed", broken, None)


def ftp(measure, what):
    if what in ("put", "get"):
        yield Figure(measure, what, "files/s", a_second("done"), max)
        yield Figure(measure, what, "CPU ms", cpu_of_done(1e3), min)
    else:
        yield Figure(measure, what, "MiB/s", a_second("bytes", MIB), max)
        yield Figure(measure, what, "CPU s/GiB", cpu_a_gib, min)


def scaling(measure, what):
    load, count = what.split("-")
    if load == "sessions":
        yield Figure(measure, f"{count} sessions", "CPU us", cpu_of_done(1), min)
        yield Figure(measure, f"{count} sessions", "KiB/conn", kib_a_connection("idle_kib"), min)
    elif load == "bulk":
        yield Figure(measure, f"bulk, {count} core", "GiB/s", a_second_of_the_relays_cores("bytes", GIB), max)
    else:
        yield Figure(measure, f"connects, {count} core", "1/s", a_second_of_the_relays_cores("done"), max)


OF = {f.__name__: f for f in (bulk, rate, latency, memory, burst, ftp, scaling)}


def figures_of(measure):
    scenario, _, what = measure.partition("-")
    return list(OF[scenario](measure, what))
