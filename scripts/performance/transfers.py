"""Compares loading with clickhouse-client, exporting with curl, and small requests with
clickhouse-benchmark, on one embedded server."""

import os
import pathlib
import re
import subprocess
import tempfile
import urllib.parse

from measure import PROGRAM, ROOT, cpu_of, median, ratios, run, say
from peers import clickhouse, ours

ROWS_PER_INSERT = 20_000
DATABASE = "exportbench_perf"
WINDOW_DAYS = 30
# The settings of exportbench's inserts (Sources/Workspace/Loader.swift), with parts of equal size.
INSERT_SETTINGS = ["--async_insert=0", "--max_insert_threads=1",
                   f"--min_insert_block_size_rows={ROWS_PER_INSERT}",
                   "--min_insert_block_size_bytes=0"]
CONNECTIONS = 16
BENCHMARK_QUERIES = 30_000


def emptied(server):
    server.ask(f"DROP DATABASE IF EXISTS {DATABASE} SYNC")
    ours("migrate", "up", "--database", DATABASE, environment=server.environment)
    ours("migrate", "down", "--database", DATABASE, environment=server.environment)
    # Merges would randomly affect one side's time.
    server.ask(f"SYSTEM STOP MERGES {DATABASE}.observations")


def loaded(server):
    return ours("generate", "claim", "--database", DATABASE, "--no-view", "--workers", 1,
                "--rows-per-insert", ROWS_PER_INSERT, environment=server.environment)


def client(server, *arguments):
    return run(clickhouse("client", "--host", "127.0.0.1", "--port", server.tcp, *arguments),
               stdout=subprocess.DEVNULL, environment=server.environment)


def load(table, rounds, server):
    walls = {"ours": [], "peer": []}
    drivers, clients = [], []
    with tempfile.NamedTemporaryFile(suffix=".native") as file:
        ours("generate", "claim", "--output", file.name)
        for number in range(1, rounds + 1):
            say(f"load, round {number} of {rounds}")
            for side in ["ours", "peer"] if number % 2 else ["peer", "ours"]:
                emptied(server)
                before = cpu_of(server.pid)
                if side == "ours":
                    taken = loaded(server)
                    drivers.append(taken.cpu / (cpu_of(server.pid) - before))
                    walls[side].append(taken.wall)
                    continue
                start = client(server, "--query", "SELECT 1")
                taken = client(
                    server, "--database", DATABASE, *INSERT_SETTINGS, "--query",
                    f"INSERT INTO observations FROM INFILE '{file.name}' FORMAT Native")
                clients.append((taken.cpu - start.cpu) / (cpu_of(server.pid) - before))
                walls[side].append(taken.wall - start.wall)
    table.row("load: wall beside clickhouse-client, ready-made Native",
              ratios(walls["ours"], walls["peer"]), 1.05, least=False)
    table.row("load: driver CPU beside the server's", drivers, 0.10, least=False)
    table.note(f"exportbench {median(walls['ours']):.2f} s; clickhouse-client "
               f"{median(walls['peer']):.2f} s, and {median(clients):.3f}x of the server's CPU "
               "without making a row")


def export(table, rounds, server):
    emptied(server)
    loaded(server)
    for path in ["limit-by", "scan-table"]:
        walls = {"ours": [], "peer": []}
        with tempfile.TemporaryDirectory() as folder:
            for number in range(1, rounds + 1):
                say(f"export by {path}, round {number} of {rounds}")
                for side in ["ours", "peer"] if number % 2 else ["peer", "ours"]:
                    file = pathlib.Path(folder, f"{side}-{number}.parquet")
                    walls[side].append(exported(side, path, file, server).wall)
                    size = file.stat().st_size
                    file.unlink()
        table.row(f"export by {path}, {WINDOW_DAYS} days: wall beside curl -o",
                  ratios(walls["ours"], walls["peer"]), 1.02, least=False)
        table.note(f"exportbench {median(walls['ours']):.3f} s; curl {median(walls['peer']):.3f} s; "
                   f"{size / 1e6:.0f} MB")


def exported(side, path, file, server):
    if side == "ours":
        return ours("export", path, "--profile", "fork", "--database", DATABASE, "--project",
                    "project-0001", "--from", "2026-09-01", "--window", f"{WINDOW_DAYS}d",
                    "--output", file, environment=server.environment)
    text = (ROOT / f"Sources/ExportPaths/SQL/paths/{path}.sql").read_text()
    sql = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    fields = {
        "database": DATABASE, "default_format": "Parquet", "max_threads": 10,
        "output_format_parquet_compression_method": "zstd",
        "output_format_parquet_row_group_size": 500, "param_projectId": "project-0001",
        "param_minTimestamp": "2026-09-01 00:00:00.000",
        "param_maxTimestamp": "2026-09-30 23:59:59.999",
        "query_id": f"curl-{os.urandom(8).hex()}",
    }
    address = f"http://127.0.0.1:{server.http}/?{urllib.parse.urlencode(fields)}"
    # The password is in a file that only this user can read, not in the process list.
    with tempfile.NamedTemporaryFile("w") as secret:
        secret.write(f'header = "X-ClickHouse-User: default"\n'
                     f'header = "X-ClickHouse-Key: {server.password}"\n')
        secret.flush()
        return run(["curl", "--silent", "--show-error", "--fail", "--config", secret.name,
                    "--output", file, "--data-binary", sql.strip().rstrip(";"), address])


def requests(table, rounds, server):
    rates = {"ours": [], "peer": []}
    for number in range(1, rounds + 1):
        say(f"requests, round {number} of {rounds}")
        taken = run(
            clickhouse("benchmark", "--host", "127.0.0.1", "--port", server.tcp, "--concurrency",
                       CONNECTIONS, "--iterations", BENCHMARK_QUERIES, "--delay", 0, "--query",
                       "SELECT 1"), environment=server.environment)
        found = re.findall(r"QPS: ([\d.]+)", taken.errors + taken.output)
        rates["peer"].append(float(found[-1]))
        taken = ours("requests", "--connections", CONNECTIONS, "--requests", BENCHMARK_QUERIES,
                     environment=server.environment)
        rates["ours"].append(float(taken.output.split()[0]))
    table.row(f"requests: rate of SELECT 1 beside clickhouse-benchmark, {CONNECTIONS} at once",
              ratios(rates["ours"], rates["peer"]), 1)
    table.note(f"exportbench {median(rates['ours']):,.0f}/s; clickhouse-benchmark "
               f"{median(rates['peer']):,.0f}/s")
