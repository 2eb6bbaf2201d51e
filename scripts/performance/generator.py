"""Compares the generator with tpchgen-cli and ClickHouse's generateRandom; measures its scaling."""

import os
import pathlib
import re
import subprocess
import tempfile

from measure import PROGRAM, median, ratios, run, say
from peers import TPCHGEN, clickhouse, ours

HERE = pathlib.Path(__file__).parent
PAYLOAD = HERE / "payload.yaml"
# generateRandom's texts have 0 to this many bytes: its rows are then as long as PAYLOAD's.
TEXT_MAX = 102
RANDOM_ROWS = 400_000


def counted(command, through):
    """The bytes and lines that a program writes into a pipe: its standard output, unless it takes
    the pipe's name."""
    with tempfile.TemporaryDirectory() as folder:
        pipe = f"{folder}/pipe"
        os.mkfifo(pipe)
        words = [str(word) for word in command] + ([pipe] if through == "name" else [])
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(reader, True)
        writer = os.open(pipe, os.O_WRONLY)
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if through == "name" else writer)
        # exportbench opens the pipe itself, so this end stays open until it has.
        if through == "name":
            first = os.read(reader, 1)
            os.close(writer)
            total, lines = 1, first.count(b"\n")
        else:
            os.close(writer)
            total = lines = 0
        while piece := os.read(reader, 1 << 20):
            total += len(piece)
            lines += piece.count(b"\n")
        os.close(reader)
        assert process.wait() == 0, words
        return total, lines


def dataset_size(dataset):
    rows = int(re.search(r"^rows +([\d,_]+)", ours("generate", dataset, "--dry-run").output,
                         re.M)[1].replace(",", ""))
    total, _ = counted([PROGRAM, "generate", dataset, "--output"], "name")
    return rows, total


def random_rows(count):
    """The command that generates rows with the table's structure."""
    structure = " ".join((HERE / "columns.txt").read_text().split())
    return clickhouse(
        "local", "--query",
        f"SELECT * FROM generateRandom('{structure}', 1, {TEXT_MAX}, 2) LIMIT {count} "
        "FORMAT Native SETTINGS max_threads = 1")


def section(table, rounds):
    peer = [TPCHGEN, "-s", "1", "--tables", "lineitem", "--num-threads", "1", "--stdout"]
    say("counting the output of each side")
    line_bytes, lines = counted(peer, "output")
    payload_rows, payload_bytes = dataset_size(PAYLOAD)
    narrow_rows, _ = dataset_size("narrow")
    random_bytes, _ = counted(random_rows(RANDOM_ROWS), "output")

    cpu = {"lineitem": [], "payload": [], "narrow": [], "random": []}
    walls = {1: [], 2: []}
    for number in range(1, rounds + 1):
        say(f"generator, round {number} of {rounds}")
        cpu["lineitem"].append(run(peer, stdout=subprocess.DEVNULL).cpu)
        cpu["payload"].append(made(PAYLOAD, 1).cpu)
        cpu["narrow"].append(made("narrow", 1).cpu)
        # Excludes the start of Python and the library.
        start = run(clickhouse("local", "--query", "SELECT 1"), stdout=subprocess.DEVNULL).cpu
        cpu["random"].append(
            run(random_rows(RANDOM_ROWS), stdout=subprocess.DEVNULL).cpu - start)
        for workers in walls:
            # Without start-up and ground truth, which have separate rows.
            said = re.search(r"generated in ([\d.]+) s", made(PAYLOAD, workers).errors)
            walls[workers].append(float(said[1]))

    def rate(amount, side):
        return [amount / seconds for seconds in cpu[side]]

    table.row("generator, payload 1 KiB: MB/CPU-s beside tpchgen-cli",
              ratios(rate(payload_bytes, "payload"), rate(line_bytes, "lineitem")), 5)
    table.row("generator, narrow: rows/CPU-s beside tpchgen-cli",
              ratios(rate(narrow_rows, "narrow"), rate(lines, "lineitem")), 2)
    table.row("generator, payload 1 KiB: MB/CPU-s beside generateRandom",
              ratios(rate(payload_bytes, "payload"), rate(random_bytes, "random")), 1)
    table.row("generator: 2 workers beside 1, wall", ratios(walls[1], walls[2]), 1.9)
    for side, amount, count in [
            ("lineitem", line_bytes, lines), ("payload", payload_bytes, payload_rows),
            ("narrow", None, narrow_rows), ("random", random_bytes, RANDOM_ROWS)]:
        text = f"{side:<9} {median(rate(count, side)) / 1e6:6.2f} M rows/CPU-s"
        if amount:
            text += f" of {amount / count:4.0f} B, {median(rate(amount, side)) / 1e6:5.0f} MB/CPU-s"
        table.note(text)


def made(dataset, workers):
    return ours("generate", dataset, "--output", "/dev/null", "--workers", workers)
