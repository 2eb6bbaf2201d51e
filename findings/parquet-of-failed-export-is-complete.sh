#!/usr/bin/env bash
# A Parquet, Arrow or JSON file of a ClickHouse export that failed half-way is a valid file.
#
# Versions    ClickHouse 26.9.2 (chdb-core 26.9.0) writes; pyarrow 26.0.1 reads.
# Input       SELECT of 200,000 rows INTO OUTFILE that raises an exception at row 150,000.
# Expected    The file is missing, or has no footer, so that a reader refuses it.
# Happens     The query fails with code 395, and the file stays and ends with a correct footer: a
#             reader takes 120,000 to 150,000 rows for all of them. JSON is closed as well.
# Costs       A job that looks at the file and not at the query's result uploads a part of the rows.
#             Write under another name, and rename it after the query succeeded.
# Seen        Parquet: code 395, some rows in a valid file
#             Arrow: code 395, some rows in a valid file
#             JSON: code 395, some rows in a valid file
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    chdb-core==26.9.0 pyarrow==26.0.1
} >&2 || exit 2

cat >"$folder/try.py" <<'PYTHON'
import json, sys
import chdb, pyarrow as pa, pyarrow.parquet as pq


def parquet(file):
    return pq.read_table(file).num_rows


def arrow(file):
    return pa.ipc.open_file(file).read_all().num_rows


def json_rows(file):
    return len(json.load(open(file))["data"])


for name, read in [("Parquet", parquet), ("Arrow", arrow), ("JSON", json_rows)]:
    file = f"{sys.argv[1]}/export.{name}"
    try:
        chdb.query(f"""
            SELECT number, throwIf(number = 150000) AS failed FROM numbers(200000)
            INTO OUTFILE '{file}' FORMAT {name}
            SETTINGS max_threads = 1, max_block_size = 10000""")
        outcome = "no error"
    except Exception as error:
        outcome = "code 395" if "Code: 395" in str(error) else str(error)
    rows = read(file)
    print(f"{name}: {outcome}, {'some' if 0 < rows < 200000 else rows} rows in a valid file")
PYTHON
"$folder/venv/bin/python3" "$folder/try.py" "$folder" >"$folder/seen" || exit 2

expected='Parquet: code 395, some rows in a valid file
Arrow: code 395, some rows in a valid file
JSON: code 395, some rows in a valid file'
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "$expected" ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
