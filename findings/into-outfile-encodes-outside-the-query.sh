#!/usr/bin/env bash
# INTO OUTFILE finishes a Parquet file after the query has ended, so query_log misses its memory.
#
# Versions    ClickHouse 26.9.2 in process (chdb-core 26.9.0), whose query_log can be turned on
# Input       300,000 rows of 1,000 random characters in Parquet with the default row groups, written
#             once by SELECT … INTO OUTFILE and once by INSERT INTO FUNCTION file(…) SELECT …, each
#             in a separate process.
# Expected    Both encode the same rows into the same row groups, so memory_usage of both is alike.
# Happens     INTO OUTFILE is recorded with well under half of the other's memory, while the process
#             takes as much. The encoder keeps the rows of a row group (up to a million) until the
#             end of the data. The client writes the file, and by then the query has ended.
# Costs       A plan of memory by query_log.memory_usage of an embedded engine, or a limit by
#             max_memory_usage, misses the largest part of an export with large row groups.
# Seen        outfile: below 0.6 of the other's memory_usage; resident memory: alike within 40 %
#             (375 and 961 MB recorded)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/python3" -m pip install --quiet --disable-pip-version-check --no-deps \
    --only-binary :all: chdb-core==26.9.0
} >&2 || exit 2

cat >"$folder/export.py" <<'PYTHON'
import os
import sys

from chdb.session import Session

kind, folder = sys.argv[1:]
with open(f"{folder}/{kind}.xml", "w") as file:
    file.write("<clickhouse><query_log><database>system</database><table>query_log</table>"
               "</query_log></clickhouse>")
session = Session(f"{folder}/{kind}?config-file={folder}/{kind}.xml")


def resident(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name)) * 1024


rows = "SELECT number, randomPrintableASCII(1000) AS text FROM numbers(300000)"
settings = ("SETTINGS max_threads = 2, max_untracked_memory = 65536,"
            " min_insert_block_size_rows = 0, min_insert_block_size_bytes = 0")
before = resident("VmRSS")
place = f"{folder}/{kind}.parquet"
if kind == "outfile":
    session.query(f"{rows} INTO OUTFILE '{place}' FORMAT Parquet {settings}")
else:
    session.query(f"INSERT INTO FUNCTION file('{place}', Parquet) {rows} {settings}")
rise = resident("VmHWM") - before
session.query("SYSTEM FLUSH LOGS")
recorded = str(session.query(
    "SELECT max(memory_usage) FROM system.query_log WHERE type = 2"
    " AND query LIKE '%numbers(300000)%' AND query NOT LIKE '%query_log%'", "TSV")).strip()
print(recorded, rise, flush=True)
os._exit(0)
PYTHON
run() { "$folder/venv/bin/python3" "$folder/export.py" "$1" "$folder" 2>/dev/null | tail -1; }
outfile=$(run outfile) || exit 2
insert=$(run insert) || exit 2
echo "recorded and resident bytes: INTO OUTFILE $outfile, INSERT INTO FUNCTION $insert"
read -r a rise_a <<<"$outfile"
read -r b rise_b <<<"$insert"
[ $((a * 10)) -lt $((b * 6)) ] && [ $((rise_a * 10)) -gt $((rise_b * 6)) ] &&
  [ $((rise_a * 10)) -lt $((rise_b * 14)) ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
