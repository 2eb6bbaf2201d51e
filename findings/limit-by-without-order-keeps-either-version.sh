#!/usr/bin/env bash
# LIMIT 1 BY id without ORDER BY keeps the older version of every row, or the newer one.
#
# Versions    ClickHouse 26.9.2 (chdb-core 26.9.0)
# Input       20,000 keys in two unmerged parts of a ReplacingMergeTree, version 1 and then version
#             2; SELECT … LIMIT 1 BY id with 1 to 8 threads, five times each.
# Expected    One would guess that the same data gives the same answer, or a mixture of versions.
# Happens     An answer holds 20,000 rows of one version, and which one changes from query to query.
# Costs       An export that filters by a version or a flag outside and reads by LIMIT BY without
#             ORDER BY may return outdated rows for all keys at once, and looks right when tried.
# Seen        answers with version 1 for all keys: some; with version 2 for all keys: some
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
session.query("""
    CREATE TABLE d.t (id UInt64, version UInt8) ENGINE = ReplacingMergeTree(version) ORDER BY id""")
session.query("SYSTEM STOP MERGES d.t")
for version in [1, 2]:
    session.query(f"INSERT INTO d.t SELECT number, {version} FROM numbers(20000)")
whole = {1: 0, 2: 0}
for threads in range(1, 9):
    for _ in range(5):
        seen = str(session.query(f"""
            SELECT version, count() FROM (SELECT * FROM d.t LIMIT 1 BY id) GROUP BY version
            SETTINGS max_threads = {threads}""", "TSV")).split()
        if len(seen) == 2 and seen[1] == "20000":
            whole[int(seen[0])] += 1
words = {version: "some" if count else "none" for version, count in whole.items()}
print(
    f"answers with version 1 for all keys: {words[1]}; with version 2 for all keys: {words[2]}")
session.close()
PYTHON
"$folder/venv/bin/python3" "$folder/try.py" >"$folder/seen" || exit 2

expected='answers with version 1 for all keys: some; with version 2 for all keys: some'
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "$expected" ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
