#!/usr/bin/env bash
# ClickHouse accepts FINAL on a view and ignores it, but obeys the setting `final` there.
#
# Versions    ClickHouse 26.9.2 (chdb-core 26.9.0)
# Input       A ReplacingMergeTree(ts, deleted) with six rows in two parts, of which two are current,
#             and a view SELECT * FROM it.
# Expected    SELECT count() FROM view FINAL is an error, as it is for a subquery, or 2.
# Happens     It is 6, without an error or a warning. With SETTINGS final = 1 the same query is 2. On
#             a table of the engine Merge, FINAL reaches the tables below and the answer is 2.
# Costs       A user who puts a view in front of a table, for a renamed column, say, and keeps
#             FROM … FINAL, exports deleted and outdated rows from then on.
# Seen        table FINAL 2, view FINAL 6, view with final = 1 2, Merge FINAL 2
#             subquery FINAL: code 1
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
for statement in [
    "CREATE DATABASE d",
    """CREATE TABLE d.t (id String, ts DateTime64(3), deleted UInt8)
       ENGINE = ReplacingMergeTree(ts, deleted) ORDER BY id""",
    "SYSTEM STOP MERGES d.t",
    "INSERT INTO d.t VALUES ('a', 1, 0), ('b', 1, 0), ('c', 1, 0)",
    "INSERT INTO d.t VALUES ('a', 2, 0), ('b', 2, 1), ('c', 3, 0)",
    "CREATE VIEW d.v AS SELECT * FROM d.t",
    "CREATE TABLE d.m AS d.t ENGINE = Merge(d, '^t$')",
]:
    session.query(statement)


def count(source):
    return str(session.query(f"SELECT count() FROM {source}", "TSV")).strip()


print(
    f"table FINAL {count('d.t FINAL')}, view FINAL {count('d.v FINAL')}, "
    f"view with final = 1 {count('d.v SETTINGS final = 1')}, Merge FINAL {count('d.m FINAL')}")
try:
    print("subquery FINAL:", count("(SELECT * FROM d.t) FINAL"))
except Exception as error:
    print("subquery FINAL:", "code 1" if "Code: 1." in str(error) else error)
session.close()
PYTHON
"$folder/venv/bin/python3" "$folder/try.py" >"$folder/seen" || exit 2

expected='table FINAL 2, view FINAL 6, view with final = 1 2, Merge FINAL 2
subquery FINAL: code 1'
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "$expected" ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
