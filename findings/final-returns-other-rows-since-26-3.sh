#!/usr/bin/env bash
# The same SELECT … FINAL on the same rows returns other rows on ClickHouse 26.3 than on 25.8.
#
# Versions    ClickHouse 25.8.2 (chdb 3.7.2), 26.3.9 (chdb-core 26.3.0), 26.9.2 (chdb-core 26.9.0)
# Input       A ReplacingMergeTree partitioned by month and sorted by id. The first version of an
#             observation starts in January, the second in February: two partitions. A query reads
#             January with FINAL.
# Expected    No row, on every version: the newest version is in February.
# Happens     25.8 prunes February before FINAL and returns the first version, which has been
#             replaced. 26.3 and newer prune after FINAL and return nothing, for which they read
#             every partition (defer_partition_pruning_after_final = 1). With 0 they return the
#             replaced version again. The setting can be given since 26.5 by that name.
# Costs       After an update a report of last month changes although its data does not; and an
#             export of an hour reads the whole history. Turning the setting off to save the reads
#             brings replaced rows back without an error.
# Source      ClickHouse pull request 98242, issue 104263
# Seen        25.8.2.1 first 1, 26.3.9.1 none 2, 26.9.2.1 none 2, 26.9.2.1 off first 1
#             (the row, and the rows read)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/question.py" <<'PYTHON'
import importlib.machinery, importlib.util, os, sys

# The engine without the Python package around it, which needs pyarrow in some versions.
library, settings = sys.argv[1], sys.argv[2:]
sys.setdlopenflags(os.RTLD_NOW | os.RTLD_GLOBAL)
loader = importlib.machinery.ExtensionFileLoader("_chdb", library)
chdb = importlib.util.module_from_spec(importlib.util.spec_from_loader("_chdb", loader))
loader.exec_module(chdb)
connection = chdb.connect(":memory:")


def ask(sql):
    return connection.query(sql, "TSV")


ask("CREATE DATABASE d ENGINE = Atomic")
ask("CREATE TABLE d.t (id UInt64, start DateTime, version UInt64, name String)"
    " ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(start) ORDER BY id")
ask("INSERT INTO d.t VALUES (1, '2026-01-10 00:00:00', 1, 'first')")
ask("INSERT INTO d.t VALUES (1, '2026-02-10 00:00:00', 2, 'second')")
result = ask("SELECT name FROM d.t FINAL WHERE start < '2026-02-01 00:00:00'"
             + (f" SETTINGS {settings[0]}" if settings else ""))
name = bytes(result.bytes() or b"").decode().strip() or "none"
version = bytes(ask("SELECT version()").bytes()).decode().strip()
print(version, *(["off"] if settings else []), name, result.storage_rows_read(), flush=True)
os._exit(0)
PYTHON
{
  for package in chdb==3.7.2 chdb-core==26.3.0 chdb-core==26.9.0; do
    python3 -m venv "$folder/$package"
    "$folder/$package/bin/python3" -m pip install --quiet --disable-pip-version-check --no-deps \
      --only-binary :all: "$package"
  done
} >&2 || exit 2

ask() {
  "$folder/$1/bin/python3" "$folder/question.py" \
    "$folder/$1"/lib/python3*/site-packages/chdb/_chdb.abi3.so "${@:2}" 2>/dev/null | tail -1
}
seen="$(ask chdb==3.7.2), $(ask chdb-core==26.3.0), $(ask chdb-core==26.9.0), $(
  ask chdb-core==26.9.0 'defer_partition_pruning_after_final = 0')"
echo "$seen"
[ "$seen" = "25.8.2.1 first 1, 26.3.9.1 none 2, 26.9.2.1 none 2, 26.9.2.1 off first 1" ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
