#!/usr/bin/env bash
# curl-cut-encoding.sh -- curl takes half of a compressed answer for the whole of it.
#
# Versions: curl and libcurl4 7.88.1-10+deb12u15 (Debian 12).
# Behaviour: an answer with Content-Encoding: gzip or deflate whose stream ends too early, while
#   Content-Length matches the bytes that came, is decoded as far as it goes and reported as a success:
#   exit code 0 of --compressed, CURLE_OK of CURLOPT_ACCEPT_ENCODING.  That the stream's end (and gzip's
#   check sum) never came is not told.
# Expected: CURLE_BAD_CONTENT_ENCODING or CURLE_PARTIAL_FILE, as for a body shorter than its Content-Length.
# Why it matters: a proxy that cut an answer off gives half of a list, which may even parse (CSV, NDJSON),
#   as the whole.  Whoever decodes by libcurl has no way to know; we decode ourselves.
# Output seen:
#   gzip whole: exit 0, 30000 bytes
#   gzip half: exit 0, 14409 bytes
#   deflate whole: exit 0, 30000 bytes
#   deflate half: exit 0, 14413 bytes
set -euo pipefail

version=7.88.1-10+deb12u15
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq "curl=$version" "libcurl4=$version" >/dev/null 2>&1
for package in ./*.deb; do dpkg -x "$package" root; done
libs=$(dirname "$(find "$work/root" -name 'libcurl.so.4' -print -quit)")

cat >server.py <<'P'
import gzip, http.server, random, zlib
random.seed(7)
text = "".join(random.choice("0123456789\n") for _ in range(30000)).encode()
kinds = {"gzip": gzip.compress(text), "deflate": zlib.compress(text)}
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        _, kind, part = self.path.split("/")
        body = kinds[kind] if part == "whole" else kinds[kind][:len(kinds[kind]) // 2]
        self.send_response(200)
        self.send_header("Content-Encoding", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open("port", "w") as f:
    f.write(str(server.server_port))
server.serve_forever()
P
python3 server.py &
server=$!
until [ -s port ]; do sleep 0.1; done

failed=0
for kind in gzip deflate; do
	for part in whole half; do
		code=0
		LD_LIBRARY_PATH=$libs root/usr/bin/curl -s --noproxy '*' --compressed -o out "http://127.0.0.1:$(cat port)/$kind/$part" || code=$?
		size=$(stat -c %s out)
		printf '%s %s: exit %s, %s bytes\n' "$kind" "$part" "$code" "$size"
		[ "$code" -eq 0 ] || failed=1
		if [ "$part" = whole ]; then [ "$size" -eq 30000 ] || failed=1; else [ "$size" -lt 30000 ] || failed=1; fi
	done
done
if [ $failed -eq 0 ]; then echo "as described: half an answer is a success"; else echo "this has changed"; exit 1; fi
