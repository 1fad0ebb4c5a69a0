#!/usr/bin/python3
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
from ftp import available_chains
from relay import CONTENDERS, SUITES, Contender
from scenarios import ONCE, SCENARIOS

HERE = Path(__file__).resolve().parent
USUAL = (
    "direct copy stunnel nginx haproxy ssh "
    "sallyport-native sallyport-chacha sallyport-des168 sallyport-des168-dh1024 sallyport-tls"
)

SIZES = {
    "quick": dict(rounds=1, seconds=0.6, memory="500", rest=0, sessions="100,1000,3000", large=64, files=200),
    "usual": dict(rounds=3, seconds=1.0, memory="2000", rest=10, sessions="100,1000,9000", large=256, files=1000),
    "full": dict(
        rounds=5,
        seconds=1.5,
        bulk="1up,1down,1both,8up,8down,8both",
        paced=4000,
        memory="2000,8000",
        rest=10,
        sessions="100,300,1000,3000,9000",
        large=256,
        files=1000,
        contenders="all",
        scenarios=" ".join(SCENARIOS),
    ),
}


def flows(text):
    """ "1up,8both": connections and direction."""
    return [(int(part.rstrip("updownbth")), part.lstrip("0123456789")) for part in text.split(",")]


def counts(text):
    return [int(part) for part in text.split(",")]


def parse_arguments():
    p = argparse.ArgumentParser(description=__doc__)
    size = p.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick", help="one short round: 2-3 minutes")
    size.add_argument("--full", dest="size", action="store_const", const="full", help="everything: an hour and a half")
    p.set_defaults(size="usual")
    p.add_argument("--contenders", default=USUAL, help="names, or all; by default the usual ones")
    p.add_argument("--scenarios", default="bulk rate latency memory", help=" ".join(SCENARIOS))
    p.add_argument("--terminate", action="store_true", help="the server half alone, driven by a TLS 1.3 client")
    p.add_argument("--cipher", choices=SUITES, default="aes256", help="TLS 1.3 suite of those that can choose")
    p.add_argument("--rounds", type=int, help="interleaved rounds: every contender once in each")
    p.add_argument("--seconds", type=float, help="measuring window, after 0.4 s of warm-up")
    p.add_argument("--bulk", type=flows, default="1up,8both", help="connections and direction (up, down, both)")
    p.add_argument("--paced", type=float, default=0, help="also 1000 connections with this many requests/s in total")
    p.add_argument("--memory", type=counts, help="idle connections to hold")
    p.add_argument("--rest", type=float, help="seconds from traffic to the second look at memory; 0: no second look")
    p.add_argument("--sessions", type=counts, help="scaling: sessions that share the same round trips")
    p.add_argument("--large", type=int, metavar="MIB", help="ftp: size of the large file")
    p.add_argument("--files", type=int, help="ftp: number of files of 1 KiB")
    p.add_argument("--threads", type=int, default=os.cpu_count(), help="for contenders that are told (%(default)s)")
    p.add_argument("--tools", type=Path, default="build/release/bench", help="where loadgen and copyrelay are")
    p.add_argument("--programs", type=Path, default="build/release/src", help="where sallyportd and sallyport are")
    p.add_argument("--out", type=Path, default=HERE / "results" / time.strftime("%Y%m%d-%H%M%S.jsonl"))
    p.add_argument("--keep", action="store_true", help="keep configurations and logs, and say where")
    p.set_defaults(**SIZES[p.parse_args().size])
    bench = p.parse_args()
    bench.mode = "terminate" if bench.terminate else "pair"
    bench.tools, bench.programs = bench.tools.resolve(), bench.programs.resolve()
    bench.scenarios = bench.scenarios.replace(",", " ").split()
    path = [str(bench.programs), str(bench.tools), os.environ["PATH"], "/usr/sbin", "/sbin"]
    bench.env = dict(os.environ, PATH=":".join(path), CONTENDERS=str(CONTENDERS))
    return bench


def choose_contenders(bench):
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
        elif contender.takes_part(bench.mode, bench.cipher):
            chosen.append(contender)
    return chosen


def measure(bench, contender, scenario, round_number, out):
    row = {"contender": contender.name, "kind": contender.kind, "mode": bench.mode, "round": round_number}

    def keep(measure_name, figures):
        out.write(json.dumps(row | {"measure": measure_name} | figures) + "\n")
        out.flush()
        shown = figures.get("error") or report.brief({"measure": measure_name} | figures)
        print(f"{round_number} {contender.name:24} {measure_name:14} {shown}", file=sys.stderr, flush=True)

    try:
        with isolation.network_namespace():
            for measure_name, figures in SCENARIOS[scenario](bench, contender):
                keep(measure_name, figures)
    except Exception as error:  # a contender that breaks is a result too
        keep(scenario, {"error": f"{type(error).__name__}: {error}"})


def main():
    bench = parse_arguments()
    contenders = choose_contenders(bench)
    chains = available_chains() if "ftp" in bench.scenarios else ()
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
                    for contender in chains if scenario == "ftp" else contenders:
                        measure(bench, contender, scenario, round_number, out)
    finally:
        if bench.keep:
            print(f"configurations and logs: {bench.scratch}", file=sys.stderr)
        else:
            shutil.rmtree(bench.scratch, ignore_errors=True)
    print(f"every measure: {bench.out}\n", file=sys.stderr)
    report.print_tables(report.read([bench.out]))


if __name__ == "__main__":
    main()
