"""Measures exportbench: each figure with its peer and its target, in one run.

Sides take turns within every round, ratios are taken within a round, and what is printed is their
median with the range over the rounds.
"""

import argparse
import contextlib
import sys

import alone
import generator
import stall
import transfers
from measure import Table
from peers import Server

SECTIONS = {
    "generator": generator.section, "load": transfers.load, "export": transfers.export,
    "requests": transfers.requests, "memory": alone.memory, "truth": alone.truth,
    "startup": alone.startup, "statistics": alone.statistics, "stall": stall.section,
}
WITH_SERVER = {"load", "export", "requests", "memory", "stall"}


def main():
    parser = argparse.ArgumentParser(prog="scripts/perf", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION",
                        help=f"all, or some of {', '.join(SECTIONS)}")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side is measured")
    parser.add_argument("--gate", action="store_true", help="exit with 1 if a target is missed")
    options = parser.parse_args()
    wanted = options.sections or list(SECTIONS)
    for name in wanted:
        if name not in SECTIONS:
            parser.error(f"there is no section '{name}'; there are {', '.join(SECTIONS)}")
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    table = Table()
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server()) if WITH_SERVER & set(wanted) else None
        for name in wanted:
            arguments = [server] if name in WITH_SERVER else []
            SECTIONS[name](table, options.rounds, *arguments)
    print(f"{table.missed} targets missed" if table.missed else "every target is met")
    sys.exit(1 if options.gate and table.missed else 0)


main()
