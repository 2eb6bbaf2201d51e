"""Stalls a server for a second under open-loop load, and compares the 99th percentile of response
times with the value computed from the stall.
"""

import csv
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from measure import PROGRAM, ROOT, median, say

RATE = 6
SECONDS = 30
LOAD = f"""
name: stall
description: a server that stalls for a second
dataset: {ROOT}/datasets/smoke.yaml
load: {{preload: 100, warmup: 1s, duration: {SECONDS}s, rounds: 1, views: [without]}}
rows_per_insert: 1k
ingest: {{rows_per_batch: 5, rate: {RATE}, schedule: constant, connections: 1}}
"""


def percentile(values, share):
    """The smallest value that at least this share does not exceed."""
    return sorted(values)[-int(-share * len(values) // 1) - 1]


def responses(intended, service):
    """Response times of one connection that serves requests sequentially (Lindley, 1952)."""
    end, found = 0.0, []
    for due, took in zip(intended, service):
        end = max(end, due) + took
        found.append(end - due)
    return found


def stalled(server, folder):
    """Runs a load, stops the server for a second during a phase; returns the duration and requests."""
    pathlib.Path(folder, "stall.yaml").write_text(LOAD)
    requests = pathlib.Path(folder, "run/requests.csv")
    process = subprocess.Popen(
        [PROGRAM, "load", f"{folder}/stall.yaml", "--output", f"{folder}/run"],
        env={**os.environ, **server.environment}, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE)
    while process.poll() is None and not (
            requests.exists() and len(requests.read_bytes().splitlines()) > 10 * RATE):
        time.sleep(0.1)
    began = time.monotonic()
    os.kill(server.pid, signal.SIGSTOP)
    time.sleep(1)
    os.kill(server.pid, signal.SIGCONT)
    held = (time.monotonic() - began) * 1000
    if process.wait() != 0:
        raise SystemExit(f"perf: the load ended with {process.returncode}:\n"
                         f"{process.stderr.read().decode()[-2000:]}")
    with open(requests, newline="") as file:
        return held, sorted(csv.DictReader(file), key=lambda row: int(row["number"]))


def section(table, rounds, server):
    deviations, beforehand = [], []
    for number in range(1, rounds + 1):
        say(f"stall, round {number} of {rounds}")
        with tempfile.TemporaryDirectory() as folder:
            held, rows = stalled(server, folder)
        if any(not row["service_ms"] for row in rows):
            raise SystemExit(f"perf: the server did not keep up with {RATE} batches a second, so "
                             "nothing can be computed; measure on an idle machine")
        intended = [float(row["scheduled_ms"]) for row in rows]
        service = [float(row["service_ms"]) for row in rows]
        counted = [place for place, row in enumerate(rows) if row["period"] == "measured"]
        told = percentile([float(rows[place]["response_ms"]) for place in counted], 0.99)
        found = responses(intended, service)
        computed = percentile([found[place] for place in counted], 0.99)
        deviations.append(abs(told / computed - 1))
        # The effect of a stall of that length on requests with median service time; on average, half
        # of the interval between two requests passes before one waits.
        plain = [median(service)] * len(rows)
        plain[len(plain) // 2] += held - 500 / RATE
        expected = responses(intended, plain)
        beforehand.append(told / percentile([expected[place] for place in counted], 0.99) - 1)
    table.row("stall of 1 s: p99 of responses, away from what is computed", deviations, 0.05,
              least=False, unit="")
    table.note("from the service times of the same run; from the length of the stall alone: "
               + ", ".join(f"{value:+.1%}" for value in beforehand))
