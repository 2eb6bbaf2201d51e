#!/usr/bin/env bash
# A filter on a Parquet column with a NaN finds other rows than the same filter in memory.
#
# Versions    DuckDB 2.0.1, DataFusion 55.0.0, ClickHouse 26.9.2 (chdb-core 26.9.0) and Polars 2.1.0
#             read; pyarrow 26.0.1 writes.
# Input       Row groups {1, NaN, 2, 3} and {10, 11, 12, 13}. As the format demands, the bounds of a
#             row group leave NaN out.
# Expected    A filter finds the same rows in the file as in memory.
# Happens     DuckDB: v < 5 finds 4 rows in the file and 3 in memory, since bounds of [1, 3] make the
#             filter true for the whole row group, NaN included. DuckDB and DataFusion sort NaN above
#             every number, but v > 12.5 finds it in memory only: the row group with NaN is skipped.
#             ClickHouse loses NaN in NOT (v < 50). Polars agrees with itself.
# Costs       Sums, counts and exports of costs, scores or latencies with a NaN change with the size
#             of the row groups. Write NULL instead.
# Seen        v < 5: duckdb 4 of 3, datafusion 3 of 3, clickhouse 3 of 3, polars 3 of 3
#             v > 12.5: duckdb 1 of 2, datafusion 1 of 2, clickhouse 1 of 1, polars 2 of 2
#             NOT (v < 50): duckdb 0 of 1, datafusion 0 of 1, clickhouse 0 of 1, polars 1 of 1
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    chdb-core==26.9.0 datafusion==55.0.0 duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1
} >&2 || exit 2

cat >"$folder/read.py" <<'PYTHON'
import math, sys
import chdb, datafusion, duckdb, polars as pl, pyarrow as pa, pyarrow.parquet as pq

file = f"{sys.argv[1]}/nan.parquet"
rows = pa.table({"v": [1.0, math.nan, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0]})
pq.write_table(rows, file, row_group_size=4)
duckdb.register("memory_rows", rows)
context = datafusion.SessionContext()
context.register_parquet("file_rows", file)
context.register_record_batches("memory_rows", [rows.to_batches()])


def duck(table, condition):
    return duckdb.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchone()[0]


def fusion(table, condition):
    query = f"SELECT count(*) AS n FROM {table} WHERE {condition}"
    return context.sql(query).to_pydict()["n"][0]


def house(expression):
    return int(str(chdb.query(f"SELECT {expression}", "TSV")))


for condition in ["v < 5", "v > 12.5", "NOT (v < 50)"]:
    polar = [
        pl.scan_parquet(file).filter(pl.sql_expr(condition)).collect().height,
        pl.from_arrow(rows).filter(pl.sql_expr(condition)).height,
    ]
    inside = f"countIf({condition}) FROM file('{file}', Parquet)"
    filtered = f"count() FROM file('{file}', Parquet) WHERE {condition}"
    print(
        f"{condition}: duckdb {duck(repr(file), condition)} of {duck('memory_rows', condition)}, "
        f"datafusion {fusion('file_rows', condition)} of {fusion('memory_rows', condition)}, "
        f"clickhouse {house(filtered)} of {house(inside)}, polars {polar[0]} of {polar[1]}")
PYTHON
"$folder/venv/bin/python3" "$folder/read.py" "$folder" >"$folder/seen" || exit 2

expected='v < 5: duckdb 4 of 3, datafusion 3 of 3, clickhouse 3 of 3, polars 3 of 3
v > 12.5: duckdb 1 of 2, datafusion 1 of 2, clickhouse 1 of 1, polars 2 of 2
NOT (v < 50): duckdb 0 of 1, datafusion 0 of 1, clickhouse 0 of 1, polars 1 of 1'
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "$expected" ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
