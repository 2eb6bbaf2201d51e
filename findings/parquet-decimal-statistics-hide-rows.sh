#!/usr/bin/env bash
# ClickHouse writes Parquet statistics of Decimal columns that hide rows.
#
# Versions    ClickHouse 25.5.2 (chdb 3.6.0) writes; DataFusion 55.0.0, Polars 2.1.0, pyarrow 22.0.0
#             and DuckDB 1.4.4 read.
# Input       2,001 rows with a Nullable(Decimal(18, 12)) from -1,000 to 1,000.
# Expected    Every reader finds 995 rows with a value below -5.
# Happens     The file states a smallest value of 0 and a largest one of -1. DataFusion, Polars and
#             pyarrow skip the row group and find 0 rows; DuckDB finds 995.
# Why         The writer compares decimals as unsigned numbers.
# Affected    Versions before the fix of https://github.com/ClickHouse/ClickHouse/pull/83754, which
#             is in 25.8 and in patch releases of 25.3 to 25.7 that were made after 17 August 2025.
#             Tried: 24.8.4 and 25.5.2 hide rows; 25.8.2 and newer do not.
# Seen        minimum 0E-12, maximum -1.000000000000
#             datafusion 0, polars 0, pyarrow 0, duckdb 995
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    chdb==3.6.0 datafusion==55.0.0 duckdb==1.4.4 polars==2.1.0 pyarrow==22.0.0
} >&2 || exit 2

cat >"$folder/write.py" <<'PYTHON'
import sys
import chdb

chdb.query(f"""
    SELECT CAST(toInt64(number) - 1000 AS Nullable(Decimal(18, 12))) AS cost FROM numbers(2001)
    INTO OUTFILE '{sys.argv[1]}/costs.parquet' FORMAT Parquet""")
PYTHON
cat >"$folder/read.py" <<'PYTHON'
import sys
from decimal import Decimal
import datafusion, duckdb, polars as pl
import pyarrow.compute as pc, pyarrow.dataset as ds, pyarrow.parquet as pq

file = f"{sys.argv[1]}/costs.parquet"
statistics = pq.ParquetFile(file).metadata.row_group(0).column(0).statistics
print(f"minimum {statistics.min}, maximum {statistics.max}")
context = datafusion.SessionContext()
context.register_parquet("t", file)
fusion = context.sql("SELECT count(*) AS n FROM t WHERE cost < -5").to_pydict()["n"][0]
polar = pl.scan_parquet(file).filter(pl.col("cost") < Decimal(-5)).select(pl.len()).collect().item()
arrow = ds.dataset(file).to_table(filter=pc.field("cost") < Decimal(-5)).num_rows
duck = duckdb.sql(f"SELECT count(*) FROM '{file}' WHERE cost < -5").fetchone()[0]
print(f"datafusion {fusion}, polars {polar}, pyarrow {arrow}, duckdb {duck}")
PYTHON
"$folder/venv/bin/python3" "$folder/write.py" "$folder" >&2 || exit 2
"$folder/venv/bin/python3" "$folder/read.py" "$folder" >"$folder/seen" || exit 2

expected='minimum 0E-12, maximum -1.000000000000
datafusion 0, polars 0, pyarrow 0, duckdb 995'
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "$expected" ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
