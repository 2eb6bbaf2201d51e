#!/usr/bin/env bash
# ClickHouse writes a Parquet page index that hides rows with long strings.
#
# Versions    ClickHouse 25.8.2 (chdb 3.7.2) writes; DataFusion 55.0.0 and DuckDB 1.4.4 read.
# Input       2,001 rows with a string of more than 4,096 bytes each.
# Expected    Every reader finds all 2,001 rows under a filter that all of them pass.
# Happens     With default settings DataFusion finds 0 rows and DuckDB 2,001. With
#             output_format_parquet_write_page_index = 0 both find 2,001.
# Why         The writer drops the bounds of a page whose smallest or largest string has more than
#             4,096 bytes, but writes the column index with empty bounds and null_pages = false. To
#             a reader of the index the page holds nothing but the empty string, and it is skipped.
#             DuckDB reads no page index. ClickHouse 26.9 as a reader finds 0 rows as well.
# Affected    24.10 (the first that writes the index) until the fix of
#             https://github.com/ClickHouse/ClickHouse/pull/103334, which is in 25.8.23, 26.1.12,
#             26.2.17, 26.3.10, and 26.4. Tried: 25.5.2, 25.8.2, 26.1.2 and 26.3.9 hide rows;
#             24.8.4, 26.5.1, 26.7.2 and 26.9.2 do not.
# Seen        default: datafusion 0, duckdb 2001
#             write_page_index = 0: datafusion 2001, duckdb 2001
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    chdb==3.7.2 datafusion==55.0.0 duckdb==1.4.4 pyarrow==22.0.0
} >&2 || exit 2

cat >"$folder/write.py" <<'PYTHON'
import sys
import chdb

folder = sys.argv[1]
rows = "SELECT concat(toString(number), repeat('x', 5000)) AS output FROM numbers(2001)"
off = "SETTINGS output_format_parquet_write_page_index = 0"
for name, settings in [("default", ""), ("off", off)]:
    chdb.query(f"{rows} INTO OUTFILE '{folder}/{name}.parquet' FORMAT Parquet {settings}")
PYTHON
cat >"$folder/read.py" <<'PYTHON'
import sys
import datafusion, duckdb

folder = sys.argv[1]
labels = {"default": "default", "off": "write_page_index = 0"}
for name, label in labels.items():
    file = f"{folder}/{name}.parquet"
    condition = "output >= '0'"
    context = datafusion.SessionContext()
    context.register_parquet("t", file)
    fusion = context.sql(f"SELECT count(*) AS n FROM t WHERE {condition}").to_pydict()["n"][0]
    duck = duckdb.sql(f"SELECT count(*) FROM '{file}' WHERE {condition}").fetchone()[0]
    print(f"{label}: datafusion {fusion}, duckdb {duck}")
PYTHON
"$folder/venv/bin/python3" "$folder/write.py" "$folder" >&2 || exit 2
"$folder/venv/bin/python3" "$folder/read.py" "$folder" >"$folder/seen" || exit 2

expected='default: datafusion 0, duckdb 2001
write_page_index = 0: datafusion 2001, duckdb 2001'
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "$expected" ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
