"""Table of scripts/calibrate: the bridge's medians as ratios to the server's, cell by cell."""

import csv
import glob
import statistics
import sys

BOUND = 0.05
COLUMNS = ["memory_peak_bytes", "read_rows", "read_bytes", "received_bytes", "client_wall_ms"]
RESIDENT = "server_rss_peak_bytes"


def cells(pattern):
    found = {}
    for path in sorted(glob.glob(pattern)):
        with open(f"{path}/samples.csv", newline="") as file:
            for row in csv.DictReader(file):
                if row["status"] == "ok" and row["period"] == "measured":
                    cell = found.setdefault((row["path"], row["window"]), {})
                    for column in [*COLUMNS, RESIDENT]:
                        if row[column]:
                            cell.setdefault(column, []).append(float(row[column]))
    return found


def main(folder):
    server = cells(f"{folder}/25.8-[0-9]*")
    bridge = cells(f"{folder}/25.8-bridge-[0-9]*")
    unequal = []
    ratios = []
    resident = []
    print("| path | window | server MiB | bridge MiB | memory | rows | bytes read | file | time |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for cell in sorted(server.keys() & bridge.keys()):
        a, b = (
            {column: statistics.median(values) for column, values in side[cell].items()}
            for side in (server, bridge)
        )
        ratio = {column: b[column] / a[column] for column in COLUMNS if a.get(column) and column in b}
        if abs(ratio["memory_peak_bytes"] - 1) > BOUND:
            unequal.append(f"{cell[0]} at {cell[1]}: memory {ratio['memory_peak_bytes']:.3f}")
        for column in ("read_rows", "read_bytes"):
            if ratio[column] != 1:
                unequal.append(f"{cell[0]} at {cell[1]}: {column} {ratio[column]:.6f}")
        ratios.append(ratio)
        resident.append(b[RESIDENT] - a[RESIDENT])
        print(
            f"| {cell[0]} | {cell[1]} | {a['memory_peak_bytes'] / 2**20:.1f}"
            f" | {b['memory_peak_bytes'] / 2**20:.1f} | {ratio['memory_peak_bytes']:.3f}"
            f" | {ratio['read_rows']:.4f} | {ratio['read_bytes']:.4f}"
            f" | {ratio['received_bytes']:.5f} | {ratio['client_wall_ms']:.3f} |"
        )
    missing = server.keys() ^ bridge.keys()
    print(f"\n{len(ratios)} cells; ratios of the bridge to the server:")
    for column in COLUMNS:
        values = sorted(ratio[column] for ratio in ratios)
        print(f"  {column}: median {statistics.median(values):.4f},"
              f" from {values[0]:.4f} to {values[-1]:.4f}")
    within = sum(abs(ratio["memory_peak_bytes"] - 1) <= BOUND for ratio in ratios)
    print(f"memory within {BOUND:.0%}: {within} of {len(ratios)} cells")
    print("resident memory at the peak, bridge minus server:"
          f" median {statistics.median(resident) / 2**20:.1f} MiB")
    # Sources/Engine/Engine.swift repeats this sentence in the notes of every bridged run.
    memory, rows, times = (statistics.median(ratio[name] for ratio in ratios)
                           for name in ("memory_peak_bytes", "read_rows", "client_wall_ms"))
    print(f"\nbehind the bridge, 25.8 took {memory:.3f} of the peak memory of its server"
          f" (median of {len(ratios)} cells, {within} within {BOUND:.0%}),"
          f" {rows:.3f} of the rows read and {times:.2f} of the time\n")
    for line in unequal:
        print(f"beyond the bound: {line}")
    for cell in sorted(missing):
        print(f"measured by one side only: {cell[0]} at {cell[1]}")
    return 1 if unequal or missing else 0


sys.exit(main(sys.argv[1]))
