#!/usr/bin/env bash
# EXPLAIN AST of ClickHouse does not show DISTINCT, FINAL, or which child is the LIMIT.
#
# Versions    ClickHouse 26.9.2 (chdb-core 26.9.0); 25.8.2 (chdb 3.7.2) by hand, the same
# Input       Three queries of one table: plain, with DISTINCT, and with FINAL.
# Expected    Their syntax trees differ, so that a tool can tell from EXPLAIN AST what a view or a
#             query does.
# Happens     The three texts are the same. A LIMIT is a literal without a label among the children.
# Costs       A check by EXPLAIN AST that refuses a query which drops or merges rows lets these
#             pass. EXPLAIN QUERY TREE run_passes = 0 shows is_distinct, final and LIMIT.
# Seen        AST of DISTINCT like plain: True, of FINAL like plain: True
#             QUERY TREE of DISTINCT like plain: False, of FINAL like plain: False
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    chdb-core==26.9.0
} >&2 || exit 2

cat >"$folder/try.py" <<'PYTHON'
from chdb.session import Session

session = Session()
session.query("CREATE DATABASE d")
session.query("CREATE TABLE d.t (id String) ENGINE = ReplacingMergeTree ORDER BY id")


def explain(kind, query):
    return str(session.query(f"EXPLAIN {kind} {query}", "TSV"))


for name, kind in {"AST": "AST", "QUERY TREE": "QUERY TREE run_passes = 0"}.items():
    plain = explain(kind, "SELECT id FROM d.t")
    distinct = explain(kind, "SELECT DISTINCT id FROM d.t") == plain
    final = explain(kind, "SELECT id FROM d.t FINAL") == plain
    print(f"{name} of DISTINCT like plain: {distinct}, of FINAL like plain: {final}")
session.close()
PYTHON
"$folder/venv/bin/python3" "$folder/try.py" >"$folder/seen" || exit 2

expected='AST of DISTINCT like plain: True, of FINAL like plain: True
QUERY TREE of DISTINCT like plain: False, of FINAL like plain: False'
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "$expected" ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
