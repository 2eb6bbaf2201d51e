#!/usr/bin/env bash
# A key of toDate(time) with partitions by month hides rows from before 1970 in ClickHouse.
#
# Versions    ClickHouse 26.9.2 (chdb-core 26.9.0); 25.8.2 (chdb 3.7.2) by hand, the same
# Input       20 rows with a DateTime64 from 1969-12-22 to 1970-01-01, by month, in a table ordered by
#             (toDate(start_time), id), as Langfuse's observations are, and in one ordered by
#             (start_time, id).
# Expected    A window over the last four days of 1969 finds 8 rows in both.
# Happens     It finds 0 where the key has toDate. DateTime64 reaches back to 1900, but toDate of a
#             time before 1970 wraps around to 2149, and the window is looked for there. Without the
#             key (countIf) the same table has 8.
# Costs       Rows with a start_time of a bad clock, or of "epoch minus a time zone", are in the
#             table, in count() and in no export by time. Use toDate32 in keys.
# Seen        key with toDate: 0 rows, by countIf 8
#             key without: 8 rows, by countIf 8
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
window = (
    "start_time >= toDateTime64('1969-12-28 00:00:00', 3, 'UTC') "
    "AND start_time < toDateTime64('1970-01-01 00:00:00', 3, 'UTC')")


def count(query):
    return str(session.query(query, "TSV")).strip()


keys = {"a": "(toDate(start_time), id)", "b": "(start_time, id)"}
for table, key in keys.items():
    session.query(f"""
        CREATE TABLE d.{table} (id String, start_time DateTime64(3, 'UTC'))
        ENGINE = MergeTree PARTITION BY toYYYYMM(start_time) ORDER BY {key}""")
    session.query(f"""
        INSERT INTO d.{table} SELECT toString(number),
          fromUnixTimestamp64Milli(-toInt64(number) * 43200000) FROM numbers(20)""")
    print(
        f"key {'with toDate' if table == 'a' else 'without'}: "
        f"{count(f'SELECT count() FROM d.{table} WHERE {window}')} rows, by countIf "
        f"{count(f'SELECT countIf({window}) FROM d.{table}')}")
session.close()
PYTHON
"$folder/venv/bin/python3" "$folder/try.py" >"$folder/seen" || exit 2

expected='key with toDate: 0 rows, by countIf 8
key without: 8 rows, by countIf 8'
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "$expected" ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
