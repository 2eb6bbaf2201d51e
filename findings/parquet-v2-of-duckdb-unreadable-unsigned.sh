#!/usr/bin/env bash
# DuckDB's Parquet v2 files of unsigned 32-bit integers from 2^31 on cannot be read by Arrow.
#
# Versions    DuckDB 2.0.1 writes; pyarrow 26.0.1, Polars 2.1.0 and ClickHouse 26.9.2 (chdb-core
#             26.9.0) read.
# Input       COPY of 5,000 UINTEGER values from 2,147,483,648 on, once with parquet_version v1 and
#             once with v2, which encodes them as DELTA_BINARY_PACKED.
# Expected    Every reader finds 5,000 rows from 2,147,483,648 to 2,147,488,647.
# Happens     pyarrow cannot read the v2 file ("Unexpected end of stream"): the first value of the
#             encoding does not fit into a signed 32-bit integer. ClickHouse 26.9, Polars and DuckDB
#             read what was written. All read the v1 file, and v2 files of smaller values. By hand,
#             ClickHouse 25.8.2 read values from 0 to 4,999 without an error.
# Costs       Hashes (xxHash32 is in the sorting key of Langfuse v4) and IPv4 addresses are in this
#             range. Write them with PARQUET_VERSION v1.
# Seen        v1: pyarrow 5000 rows, polars from 2147483648, clickhouse from 2147483648
#             v2: pyarrow OSError, polars from 2147483648, clickhouse from 2147483648
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    chdb-core==26.9.0 duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1
} >&2 || exit 2

cat >"$folder/try.py" <<'PYTHON'
import sys
import chdb, duckdb, polars as pl, pyarrow.parquet as pq

for version in ["v1", "v2"]:
    file = f"{sys.argv[1]}/{version}.parquet"
    duckdb.execute(f"""
        COPY (SELECT (range + 2147483648)::UINTEGER AS hash FROM range(5000))
        TO '{file}' (FORMAT parquet, PARQUET_VERSION {version})""")
    try:
        arrow = f"{pq.read_table(file).num_rows} rows"
    except OSError as error:
        arrow = type(error).__name__
    polar = pl.read_parquet(file)["hash"].min()
    house = str(chdb.query(f"SELECT min(hash) FROM file('{file}', Parquet)", "TSV")).strip()
    print(f"{version}: pyarrow {arrow}, polars from {polar}, clickhouse from {house}")
PYTHON
"$folder/venv/bin/python3" "$folder/try.py" "$folder" >"$folder/seen" || exit 2

expected='v1: pyarrow 5000 rows, polars from 2147483648, clickhouse from 2147483648
v2: pyarrow OSError, polars from 2147483648, clickhouse from 2147483648'
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "$expected" ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
