#!/usr/bin/env bash
# DataFusion skips row groups without bounds when another row group of the file has them.
#
# Versions    DataFusion 55.0.0 reads; pyarrow 26.0.1 and ClickHouse 26.9.2 (chdb-core 26.9.0) write;
#             DuckDB 2.0.1 reads for comparison.
# Input       Row groups of short strings, then row groups of strings of 5,000 bytes. Both writers
#             omit the bounds of a column chunk whose smallest or largest string exceeds 4,096 bytes,
#             which the format allows.
# Expected    Every reader finds all rows that match a filter.
# Happens     DataFusion finds 0 of 2 and 0 of 1,000 rows. With
#             datafusion.execution.collect_statistics = false, or where all strings are short, it
#             finds all of them.
# Why         The bounds of the file are computed from the row groups that have bounds, and the file
#             is pruned by them as if they covered all of its rows.
# Affected    Tried: 50.1.0, 52.3.0, 53.0.0, 54.1.0 and 55.0.0 lose the rows; 48.0.0 does not.
# Seen        pyarrow: datafusion 0, without file statistics 2, duckdb 2
#             clickhouse: datafusion 0, without file statistics 1000, duckdb 1000
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
{
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    chdb-core==26.9.0 datafusion==55.0.0 duckdb==2.0.1 pyarrow==26.0.1
} >&2 || exit 2

cat >"$folder/write.py" <<'PYTHON'
import sys
import chdb, pyarrow as pa, pyarrow.parquet as pq

folder = sys.argv[1]
rows = pa.table({"output": ["a", "b", "z" * 5000, "z" * 5000]})
pq.write_table(rows, f"{folder}/pyarrow.parquet", row_group_size=2)
chdb.query(f"""
    SELECT if(number < 1000, toString(number), concat('z', repeat('z', 5000))) AS output
    FROM numbers(2000) INTO OUTFILE '{folder}/clickhouse.parquet' FORMAT Parquet
    SETTINGS output_format_parquet_row_group_size = 500, max_block_size = 500, max_threads = 1""")
PYTHON
cat >"$folder/read.py" <<'PYTHON'
import sys
import datafusion, duckdb

for writer in ["pyarrow", "clickhouse"]:
    file = f"{sys.argv[1]}/{writer}.parquet"
    found = []
    for collect in ["true", "false"]:
        context = datafusion.SessionContext()
        context.sql(f"SET datafusion.execution.collect_statistics = {collect}")
        context.register_parquet("t", file)
        query = "SELECT count(*) AS n FROM t WHERE output >= 'z'"
        found.append(context.sql(query).to_pydict()["n"][0])
    duck = duckdb.execute(f"SELECT count(*) FROM '{file}' WHERE output >= 'z'").fetchone()[0]
    print(f"{writer}: datafusion {found[0]}, without file statistics {found[1]}, duckdb {duck}")
PYTHON
"$folder/venv/bin/python3" "$folder/write.py" "$folder" >&2 || exit 2
"$folder/venv/bin/python3" "$folder/read.py" "$folder" >"$folder/seen" || exit 2

expected='pyarrow: datafusion 0, without file statistics 2, duckdb 2
clickhouse: datafusion 0, without file statistics 1000, duckdb 1000'
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "$expected" ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
