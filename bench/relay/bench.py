#!/usr/bin/env python3
"""Measures TCP relays side by side, in interleaved rounds, and prints medians and ratios. README.md says what and why."""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import isolation
import report
from relay import CONTENDERS, SUITES, Contender, Hold, Relay

HERE = Path(__file__).resolve().parent
USUAL = "direct copy stunnel nginx haproxy ssh sallyport-native sallyport-chacha sallyport-des168 sallyport-des168-dh1024 sallyport-tls"

SIZES = {
    "quick": dict(rounds=1, seconds=0.6, memory=500, rest=0, contenders=USUAL, scenarios="bulk rate latency memory"),
    "usual": dict(rounds=3, seconds=1.0, memory=1000, rest=10, contenders=USUAL, scenarios="bulk rate latency memory"),
    "full": dict(
        rounds=5, seconds=1.5, memory=8000, rest=10, contenders="all", scenarios="bulk rate latency memory burst"
    ),
}


# Each scenario yields (measure, figures) of a contender; those that differ by handshake start it once for each way.


def bulk(bench, contender, mode):
    with Relay(contender, mode, True, bench) as relay:
        for connections, flow in bench.bulk:
            yield f"bulk-{connections}-{flow}", relay.load(
                "bulk", connections=connections, flow=flow, window=bench.seconds
            )


def rate(bench, contender, mode):
    for resume in contender.resumptions(mode):
        options = {"resume": True} if resume and mode == "terminate" else {}
        with Relay(contender, mode, resume, bench) as relay:
            result = relay.load("rate", connections=32, window=bench.seconds, **options)
        if result["done"] == 0:
            raise RuntimeError(f"no connection was answered: {result['failures']}")
        if options and result["resumed"] == 0:
            raise RuntimeError("no session was taken up again")
        yield "rate-resumed" if resume else "rate-full", result


def latency(bench, contender, mode):
    loads = {"latency-1": dict(connections=1), "latency-64": dict(connections=64)}
    if bench.paced:
        loads["latency-paced"] = dict(connections=1000, paced=bench.paced)
    with Relay(contender, mode, True, bench) as relay:
        for name, load in loads.items():
            if load["connections"] <= contender.most_connections:
                yield name, relay.load("latency", request=200, response=1024, window=bench.seconds, **load)


def burst(bench, contender, mode):
    if contender.most_connections >= 5000:
        with Relay(contender, mode, True, bench) as relay:
            yield "burst", relay.load("burst", connections=5000)


def memory(bench, contender, mode):
    """Idle connections, each used once; then 64 KiB each way over each of them, and a rest."""
    if contender.kind == "none":
        return
    count = min(bench.memory, contender.most_connections)
    with Relay(contender, mode, True, bench) as relay, Hold(relay) as hold:
        first = hold.ask(f"open {WARMING}")
        base = relay.memory_kib()
        held = hold.ask(f"open {count}")
        time.sleep(1)
        opened = held["ready"] - first["ready"]
        result = {"base_kib": base, "idle_kib": relay.memory_kib(), "connections": opened}
        if bench.rest:
            held = hold.ask("traffic")
            time.sleep(bench.rest)
            result["rested_kib"] = relay.memory_kib()
        result["failed"] = max(held["failed"], count - held["ready"])
    if opened <= 0:
        raise RuntimeError("no connection was answered")
    yield "memory", result


SCENARIOS = {"bulk": bulk, "rate": rate, "latency": latency, "memory": memory, "burst": burst}
WARMING = 16  # connections that pay for what all share: threads, pools, libraries
ONCE = {"memory"}  # does not vary from round to round, and takes long


def flows(text):
    """ "1up,8both": connections and direction."""
    return [(int(part.rstrip("updownbth")), part.lstrip("0123456789")) for part in text.split(",")]


def parse_arguments():
    p = argparse.ArgumentParser(description=__doc__)
    size = p.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick", help="one short round: 2-3 minutes")
    size.add_argument("--full", dest="size", action="store_const", const="full", help="every contender: about an hour")
    p.set_defaults(size="usual")
    p.add_argument("--contenders", help="names, or all; by default the usual ones")
    p.add_argument("--scenarios", help=" ".join(SCENARIOS))
    p.add_argument("--terminate", action="store_true", help="the server half alone, driven by a TLS 1.3 client")
    p.add_argument("--cipher", choices=SUITES, default="aes256", help="TLS 1.3 suite of those that can choose")
    p.add_argument("--rounds", type=int, help="interleaved rounds: every contender once in each")
    p.add_argument("--seconds", type=float, help="measuring window, after 0.4 s of warm-up")
    p.add_argument("--bulk", type=flows, default="1up,8both", help="connections and direction (up, down, both)")
    p.add_argument("--paced", type=float, default=0, help="also 1000 connections with this many requests/s in total")
    p.add_argument("--memory", type=int, help="idle connections to hold")
    p.add_argument("--rest", type=float, help="seconds from traffic to the second look at memory; 0: no second look")
    p.add_argument("--threads", type=int, default=os.cpu_count(), help="for contenders that are told (%(default)s)")
    p.add_argument("--tools", type=Path, default="build/release/bench", help="where loadgen and copyrelay are")
    p.add_argument("--programs", type=Path, default="build/release/src", help="where sallyportd and sallyport are")
    p.add_argument("--out", type=Path, default=HERE / "results" / time.strftime("%Y%m%d-%H%M%S.jsonl"))
    p.add_argument("--keep", action="store_true", help="keep configurations and logs, and say where")
    bench = p.parse_args()
    for name, value in SIZES[bench.size].items():
        if getattr(bench, name, None) is None:
            setattr(bench, name, value)
    bench.tools, bench.programs = bench.tools.resolve(), bench.programs.resolve()
    bench.scenarios = bench.scenarios.replace(",", " ").split()
    path = [str(bench.programs), str(bench.tools), os.environ["PATH"], "/usr/sbin", "/sbin"]
    bench.env = dict(os.environ, PATH=":".join(path), CONTENDERS=str(CONTENDERS))
    return bench


def choose_contenders(bench, mode):
    names = bench.contenders.replace(",", " ").split()
    if names == ["all"]:
        names = sorted(p.name for p in CONTENDERS.iterdir() if p.is_file())
    unknown = [n for n in names if not (CONTENDERS / n).is_file()] + [s for s in bench.scenarios if s not in SCENARIOS]
    if unknown:
        sys.exit(f"no such contender or scenario: {' '.join(unknown)}")
    chosen = []
    for contender in (Contender(name, bench.env) for name in names):
        if contender.missing:
            print(f"{contender.name} is left out: not found: {' '.join(contender.missing)}", file=sys.stderr)
        elif contender.takes_part(mode, bench.cipher):
            chosen.append(contender)
    return chosen


def measure(bench, contender, mode, scenario, round_number, out):
    row = {"contender": contender.name, "kind": contender.kind, "mode": mode, "round": round_number}

    def keep(measure_name, figures):
        out.write(json.dumps(row | {"measure": measure_name} | figures) + "\n")
        out.flush()
        shown = figures.get("error") or report.brief(measure_name, figures)
        print(f"{round_number} {contender.name:24} {measure_name:14} {shown}", file=sys.stderr, flush=True)

    try:
        for measure_name, figures in SCENARIOS[scenario](bench, contender, mode):
            keep(measure_name, figures)
    except Exception as error:  # a contender that breaks is a result too
        keep(scenario, {"error": f"{type(error).__name__}: {error}"})


def main():
    bench = parse_arguments()
    mode = "terminate" if bench.terminate else "pair"
    contenders = choose_contenders(bench, mode)
    isolation.enter_network_namespace()
    isolation.raise_descriptor_limit(65536)
    bench.out.parent.mkdir(parents=True, exist_ok=True)
    bench.scratch = Path(tempfile.mkdtemp(prefix="sallyport-bench-"))
    try:
        isolation.make_certificates(bench.scratch / "certificates")
        with open(bench.out, "a") as out:
            for round_number in range(1, bench.rounds + 1):
                for scenario in bench.scenarios:
                    if scenario in ONCE and round_number > 1:
                        continue
                    for contender in contenders:
                        measure(bench, contender, mode, scenario, round_number, out)
    finally:
        if bench.keep:
            print(f"configurations and logs: {bench.scratch}", file=sys.stderr)
        else:
            shutil.rmtree(bench.scratch, ignore_errors=True)
    print(f"every measure: {bench.out}\n", file=sys.stderr)
    report.print_table(report.read([bench.out]))


if __name__ == "__main__":
    main()
