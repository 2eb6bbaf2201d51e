"""EXPLAINs of the two paths on ClickHouse 26, in the process of the engine's wheel.

Argument: a folder for its data. 100,000 observations over two months, 60,000 of them twice, in four
inserts, in the suite's table and view; the SQL is that of Sources/ExportPaths/SQL.
"""

import re
import sys
from pathlib import Path

from chdb.session import Session

SQL = Path(__file__).parent.parent / "Sources/ExportPaths/SQL"
WINDOW = {
    "projectId": "'p0'",
    "minTimestamp": "toDateTime64('2026-09-10 00:00:00', 3, 'UTC')",
    "maxTimestamp": "toDateTime64('2026-09-10 01:00:00', 3, 'UTC')",
}

session = Session(sys.argv[1])


def ask(sql, output="TSVRaw"):
    return str(session.query(sql, output)).strip()


def path(name):
    """A path's SELECT for the window; its SET statements are left out."""
    text = re.sub(r"(?m)^SET .*\n", "", (SQL / f"paths/{name}.sql").read_text())
    return re.sub(r"\{(\w+): [^}]*\}", lambda found: WINDOW[found[1]], text)


def explain(kind, sql, settings=""):
    return ask(f"EXPLAIN {kind} {sql} {settings}")


def show(title, text, words):
    print(f"\n== {title}")
    for line in text.splitlines():
        if any(word in line for word in words):
            print(line.rstrip()[:110])


ask("CREATE DATABASE plans ENGINE = Atomic")
ask("USE plans")
MIGRATION = "migrations/0001_export_observations_mv.up.sql"
for file in ["schema/observations.sql", MIGRATION]:
    ask((SQL / file).read_text().rstrip().rstrip(";"))
for batch in range(4):
    ask(f"""
    INSERT INTO observations (id, trace_id, project_id, type, start_time, name, level, output,
      updated_at, event_ts, is_deleted)
    SELECT toString(cityHash64(number)), 't', 'p0', 'GENERATION',
      toDateTime64('2026-09-01 00:00:00', 3, 'UTC') + toIntervalSecond(number * 50), 'n', 'DEFAULT',
      repeat('x', 500), now64(3), now64(3), 0
    FROM numbers({batch} * 20000, 40000)""")

print("ClickHouse", ask("SELECT version()"))
for name in ["query_plan_push_limit_by_into_sort", "defer_partition_pruning_after_final",
             "query_plan_optimize_lazy_final", "optimize_limit_by_in_order",
             "optimize_move_to_prewhere_if_final", "use_skip_indexes_if_final"]:
    value = ask(f"SELECT value FROM system.settings WHERE name = '{name}'")
    print(f"  {name} = {value or 'missing'}")

READ = ["ReadFromMergeTree", "Parts:", "Partition", "PrimaryKey"]
PLAN = ["ReadFrom", "Lazy", "Filter", "Creating", "Join"]
SORT = ["LimitBy", "Sort", "LIMIT BY"]
LANGFUSE = path("limit-by").replace(
    "ORDER BY id, event_ts DESC\nLIMIT 1 BY id",
    "ORDER BY event_ts DESC\nLIMIT 1 BY id, project_id, type")

for name in ["limit-by", "mv-final"]:
    show(f"{name}: what it reads of an hour", explain("indexes = 1", path(name)), READ)
setting = "SETTINGS defer_partition_pruning_after_final = 0"
show(f"mv-final, {setting}", explain("indexes = 1", path("mv-final"), setting), READ)
for value in [0, 1]:
    setting = f"SETTINGS query_plan_push_limit_by_into_sort = {value}"
    show(f"limit-by, {setting}", explain("actions = 1", path("limit-by"), setting), SORT)
for value in [0, 1]:
    setting = f"SETTINGS query_plan_optimize_lazy_final = {value}"
    show(f"mv-final, {setting}", explain("", path("mv-final"), setting), PLAN)
for value in [0, 1]:
    setting = f"SETTINGS optimize_read_in_order = 1, optimize_limit_by_in_order = {value}"
    show(f"view-limit-by-in-order, {setting}",
         explain("actions = 1", path("view-limit-by-in-order"), setting), SORT + ["Mode"])
show("Langfuse's own order: ORDER BY event_ts DESC LIMIT 1 BY id, project_id, type",
     explain("actions = 1", LANGFUSE), SORT)
# Position of the pushed LIMIT BY in a stream: before its sort, rows would never be kept; after it,
# they are kept first.
whole = "SELECT id, event_ts, output FROM observations ORDER BY id, event_ts DESC LIMIT 1 BY id"
show("the pipeline over all data", explain("PIPELINE", whole, "SETTINGS max_threads = 2"),
     ["Limit", "Sort", "MergeTree"])
