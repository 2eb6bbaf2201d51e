"""Measurements without a peer: driver memory, ground truth, start-up, a report of many samples."""

import csv
import pathlib
import random
import shutil
import tempfile

from generator import PAYLOAD
from measure import PROGRAM, ROOT, median, run, say
from peers import ours
from transfers import DATABASE, WINDOW_DAYS, emptied, loaded

TRUTH_OBSERVATIONS = 100_000_000
SAMPLES = 100_000


def scaled(dataset, folder, observations):
    """A dataset file with another number of observations."""
    lines = [line for line in pathlib.Path(dataset).read_text().splitlines()
             if not line.startswith("observations:")]
    file = pathlib.Path(folder, f"scaled-{observations}.yaml")
    file.write_text("\n".join(lines + [f"observations: {observations}"]) + "\n")
    return file


def memory(table, rounds, server):
    """Peak memory of whole processes; start-up is a process that generates one row."""
    with tempfile.TemporaryDirectory() as folder:
        def generating(observations, *arguments, environment=None, dataset=PAYLOAD):
            return ours("generate", scaled(dataset, folder, observations), *arguments,
                        watched=True, environment=environment).peak

        def exporting(window):
            return ours("export", "limit-by", "--profile", "fork", "--database", DATABASE,
                        "--project", "project-0001", "--from", "2026-09-01", "--window", window,
                        "--output", f"{folder}/{window}.parquet", watched=True,
                        environment=server.environment).peak

        say("memory of the driver")
        start = [ours("list", "paths", watched=True).peak for _ in range(5)]
        claim = ROOT / "datasets/claim.yaml"
        into = ["--output", "/dev/null", "--workers", 1]
        peaks = {"generate": [generating(count, *into) for count in [10_000, 1_000_000]]}
        peaks["load"] = []
        for count in [10_000, 150_000]:
            emptied(server)
            peaks["load"].append(generating(
                count, "--database", DATABASE, "--no-view", "--rows-per-insert", "5k",
                environment=server.environment, dataset=claim))
        peaks["export"] = [exporting(window) for window in ["1h", f"{WINDOW_DAYS}d"]]
    above = [max(each) / 2**20 - median(start) / 2**20 for each in peaks.values()]
    table.row("driver memory: peak RSS above start-up", [max(above)], 24, least=False,
              unit=" MiB", digits=1)
    table.row("driver memory: largest beside smallest", [max(
        each[1] / each[0] for each in peaks.values())], 1.1, least=False)
    table.note(f"start-up {median(start) / 2**20:.1f} MiB; smallest and largest: " + "; ".join(
        f"{name} {each[0] / 2**20:.1f} and {each[1] / 2**20:.1f} MiB"
        for name, each in peaks.items()))


def truth(table, rounds):
    with tempfile.TemporaryDirectory() as folder:
        file = scaled(PAYLOAD, folder, TRUTH_OBSERVATIONS)
        say("ground truth of 100 M observations")
        taken = [ours("generate", file, "--dry-run", "--windows", "30d", watched=True)
                 for _ in range(min(2, rounds))]
    table.row("ground truth of 100 M observations", [one.wall for one in taken], 10, least=False,
              unit=" s", digits=2)
    table.row("ground truth of 100 M observations, peak RSS",
              [max(one.peak for one in taken) / 2**30], 1, least=False, unit=" GiB")


def startup(table, rounds):
    say("start-up")
    taken = [ours("--help").wall * 1e3 for _ in range(10 * rounds)]
    table.row("start-up, --help", [median(taken)], 25, least=False, unit=" ms", digits=1)
    table.note(f"the quickest of {len(taken)}: {min(taken):.1f} ms; /bin/true: "
               f"{min(run(['/bin/true']).wall for _ in range(20)) * 1e3:.1f} ms")


def statistics(table, rounds):
    """A recorded run with its samples repeated, with noise, up to 100,000."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, "run")
        shutil.copytree(ROOT / "results/reference/claim-25.8", copy)
        with open(copy / "samples.csv", newline="") as file:
            reader = csv.DictReader(file)
            names = reader.fieldnames
            # The column had another name in files before schema version 2.
            recorded = [row for row in reader if row.get("period", row.get("phase")) == "measured"]
        noise = random.Random(1)
        with open(copy / "samples.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, names, lineterminator="\n")
            writer.writeheader()
            for number in range(SAMPLES):
                row = dict(recorded[number % len(recorded)])
                row["attempt"] = number + 1
                row["repeat"] = int(row["repeat"]) + 10 * (number // len(recorded))
                for name in names:
                    if name.endswith("_ms") and row[name] and name != "window_ms":
                        row[name] = f"{float(row[name]) * noise.uniform(0.9, 1.1):.3f}"
                    if name.startswith("memory") and row[name]:
                        row[name] = int(int(row[name]) * noise.uniform(0.98, 1.02))
                writer.writerow(row)
        say("statistics and report of 100,000 samples")
        taken = [ours("report", copy, watched=True) for _ in range(min(2, rounds))]
    table.row("statistics and report of 100,000 samples", [one.wall for one in taken], 5,
              least=False, unit=" s", digits=2)
    table.note(f"{max(one.peak for one in taken) / 2**20:.0f} MiB at the peak")
