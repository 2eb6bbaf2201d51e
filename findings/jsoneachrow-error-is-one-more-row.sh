#!/usr/bin/env bash
# An export as JSONEachRow that fails half-way ends like a good one, with the error as its last row.
#
# Versions    ClickHouse 25.8.2, the server inside of chdb 3.7.2; Python's http.client reads.
# Input       A SELECT of 2,000,000 rows over HTTP that raises an exception at row 1,500,000, in six
#             formats.
# Expected    Status 200 is sent before the error, so the server breaks the chunked encoding: the
#             client sees an incomplete answer.
# Happens     So it is for CSV, TSV, Native, Parquet and Arrow. JSONEachRow and JSON end with a
#             proper last chunk and are valid JSON: one more line {"exception": "…"}, or one more
#             key "exception" after the rows. curl exits with 0, with and without compression.
# Costs       A job that uploads JSON lines stores a part of the rows and one that is no row. Set
#             http_write_exception_in_output_format = 0: then the encoding is broken as for CSV.
# Seen        CSV incomplete, TSV incomplete, Native incomplete, Parquet incomplete,
#             JSON complete, JSONEachRow complete: last row has the keys ['exception'],
#             JSONEachRow with http_write_exception_in_output_format = 0 incomplete
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -9 "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
{
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    --only-binary :all: chdb==3.7.2
} >&2 || exit 2
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$folder/config.xml" <<XML
<clickhouse><listen_host>127.0.0.1</listen_host><http_port>$port</http_port>
<path>$folder/data/</path><logger><level>none</level></logger>
<mark_cache_size>268435456</mark_cache_size>
<users><default><password></password><networks><ip>127.0.0.1</ip></networks></default></users>
<profiles><default/></profiles><quotas><default/></quotas></clickhouse>
XML
cat >"$folder/serve.py" <<'PYTHON'
import ctypes, glob, sys

library = glob.glob(f"{sys.argv[1]}/venv/lib/python3*/site-packages/chdb/_chdb*.so")[0]
arguments = [b"clickhouse-server", b"--config-file", f"{sys.argv[1]}/config.xml".encode()]
array = (ctypes.c_char_p * (len(arguments) + 1))(*arguments, None)
engine = ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
engine._Z25mainEntryClickHouseServeriPPc(len(arguments), array)
PYTHON
CLICKHOUSE_WATCHDOG_ENABLE=0 "$folder/venv/bin/python3" "$folder/serve.py" "$folder" \
  >"$folder/log" 2>&1 &
server=$!

cat >"$folder/try.py" <<'PYTHON'
import http.client, json, sys, time

port = int(sys.argv[1])
query = """SELECT number, toString(cityHash64(number)) AS text, throwIf(number = 1500000) AS failed
           FROM numbers(2000000)
           SETTINGS max_threads = 1, max_block_size = 8192,
                    output_format_parquet_row_group_size = 10000"""


def answer(name, settings=""):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", f"/?default_format={name}{settings}", query)
    response = connection.getresponse()
    try:
        return response.read(), response.status
    except http.client.IncompleteRead:
        return None, response.status


for _ in range(120):
    try:
        http.client.HTTPConnection("127.0.0.1", port, timeout=1).request("GET", "/ping")
        break
    except OSError:
        time.sleep(0.5)
for name in ["CSV", "TSV", "Native", "Parquet", "JSON", "JSONEachRow"]:
    body, status = answer(name)
    assert status == 200
    print(name, "incomplete" if body is None else "complete")
    if name == "JSONEachRow":
        rows = [json.loads(line) for line in body.splitlines() if line]
        print("last row has the keys", list(rows[-1]))
body, _ = answer("JSONEachRow", "&http_write_exception_in_output_format=0")
print("http_write_exception_in_output_format = 0", "incomplete" if body is None else "complete")
PYTHON
"$folder/venv/bin/python3" "$folder/try.py" "$port" >"$folder/seen" || { cat "$folder/log" >&2; exit 2; }

expected="CSV incomplete
TSV incomplete
Native incomplete
Parquet incomplete
JSON complete
JSONEachRow complete
last row has the keys ['exception']
http_write_exception_in_output_format = 0 incomplete"
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "$expected" ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
