"""What is done with a started contender. Each scenario yields (measure, figures); those that differ by handshake start
the contender once for each way."""

import time

from ftp import ftp
from relay import PATIENCE, Hold, Relay

WARMING = 16  # connections that pay for what all share: threads, pools, libraries
BURST = 5000


def bulk(bench, contender):
    with Relay(contender, bench) as relay:
        for connections, flow in bench.bulk:
            yield f"bulk-{connections}-{flow}", relay.load(
                "bulk", connections=connections, flow=flow, window=bench.seconds
            )


def rate(bench, contender):
    for resume in contender.resumptions(bench.mode):
        options = {"resume": True} if resume and bench.mode == "terminate" else {}
        with Relay(contender, bench, resume) as relay:
            result = relay.load("rate", connections=32, window=bench.seconds, **options)
        if result["done"] == 0:
            raise RuntimeError(f"no connection was answered: {result['failures']}")
        if options and result["resumed"] == 0:
            raise RuntimeError("no session was taken up again")
        yield "rate-resumed" if resume else "rate-full", result


def latency(bench, contender):
    with Relay(contender, bench) as relay:
        for connections in (1, 64):
            yield f"latency-{connections}", round_trips(relay, bench, connections)
        if bench.paced:
            yield "latency-1000", round_trips(relay, bench, 1000, paced=bench.paced)


def round_trips(relay, bench, connections, **options):
    return relay.load(
        "latency", connections=connections, request=200, response=1024, window=bench.seconds, **options
    )


def burst(bench, contender):
    if contender.most_connections >= BURST:
        with Relay(contender, bench) as relay:
            yield "burst", relay.load("burst", connections=BURST)


def memory(bench, contender):
    if contender.kind == "none":
        return
    for count in bench.memory:
        if count <= contender.most_connections:
            with Relay(contender, bench) as relay:
                yield f"memory-{count}", idle_memory(relay, count, bench.rest)


def idle_memory(relay, count, rest):
    """Idle connections, each used once; then, with a rest, 64 KiB each way over each of them, and the rest."""
    with Hold(relay) as hold:
        first = hold.ask(f"open {WARMING}")
        base = relay.memory_kib()
        held = hold.ask(f"open {count}")
        time.sleep(1)
        opened = held["ready"] - first["ready"]
        result = {"base_kib": base, "idle_kib": relay.memory_kib(), "connections": opened}
        if rest:
            held = hold.ask("traffic")
            time.sleep(rest)
            result["rested_kib"] = relay.memory_kib()
        result["failed"] = max(held["failed"], count - held["ready"])
    if opened <= 0:
        raise RuntimeError("no connection was answered")
    return result


def scaling(bench, contender):
    """Ours alone: the same load on one core and on two, and round trips at the same rate over ever more sessions."""
    if contender.kind != "ours":
        return
    for cores in (1, 2):
        with Relay(contender, bench, cores=cores) as relay:
            load = relay.load("bulk", connections=16, flow="both", window=bench.seconds)
            yield f"scaling-bulk-{cores}", load | {"cores": cores}
        with Relay(contender, bench, cores=cores) as relay:
            load = relay.load("rate", connections=64, window=bench.seconds)
            yield f"scaling-rate-{cores}", load | {"cores": cores}
    for sessions in bench.sessions:
        with Relay(contender, bench) as relay:
            held = idle_memory(relay, sessions, rest=0)
            load = round_trips(relay, bench, sessions, paced=SCALING_PACE, patience=PATIENCE)
            yield f"scaling-sessions-{sessions}", load | {key: held[key] for key in ("base_kib", "idle_kib")}


SCALING_PACE = 4000  # round trips a second, over however many sessions
SCENARIOS = {
    "bulk": bulk,
    "rate": rate,
    "latency": latency,
    "memory": memory,
    "burst": burst,
    "ftp": ftp,
    "scaling": scaling,
}
ONCE = {"memory"}  # does not vary from round to round, and takes long
