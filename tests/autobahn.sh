#!/usr/bin/env bash
# Autobahn's cases for WebSocket servers (RFC 6455), against this program's sockets: 1 to 7, 9 and 10. Compression
# (12, 13) is not offered. Prints how many were OK; exits with 1 if one failed or changed, with 0 and a word where
# Python 2.7, which the suite needs, is missing.
#   tests/autobahn.sh [CASES]     such as '6.*'; all by default
# PYTHON27 names the interpreter; else `python2.7`, also one that pyenv knows.
set -euo pipefail
cd "$(dirname "$0")/.."
cases=${1:-'*'}
target=${CARGO_TARGET_DIR:-target}
home=$target/autobahn

python=${PYTHON27:-}
for candidate in "$(command -v python2.7 || true)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/2.7*/bin/python; do
  [ -z "$python" ] && [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (2, 7))' 2>/dev/null &&
    python=$candidate
done
if [ -z "$python" ]; then
  echo 'SKIPPED: there is no Python 2.7, which the suite of WebSocket cases needs' >&2
  exit 0
fi

if [ ! -x "$home/python/bin/wstest" ]; then
  rm -rf "$home"
  mkdir -p "$home"
  "$python" -m pip install --quiet --disable-pip-version-check --target "$home/virtualenv" virtualenv==20.15.1
  PYTHONPATH=$home/virtualenv "$python" -m virtualenv --quiet "$home/python"
  "$home/python/bin/pip" install --quiet --disable-pip-version-check autobahntestsuite==25.10.1
fi

cargo build --locked --features echo
work=$(mktemp -d)
# A copy: the next build puts the program without the route in its place.
cp "$target/debug/deskbell" "$work/deskbell"

server=''
end() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT

"$work/deskbell" serve --data "$work/data" --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 \
  >"$work/out" 2>"$work/log" &
server=$!
for _ in $(seq 100); do
  grep -q '^listening on' "$work/out" && break
  sleep 0.1
done
address=$(sed -n 's|^listening on http://||p' "$work/out")
[ -n "$address" ] || { cat "$work/log" >&2; exit 1; }

cat >"$work/spec.json" <<EOF
{"outdir": "$work/report", "servers": [{"agent": "deskbell", "url": "ws://$address/echo"}],
 "cases": ["$cases"], "exclude-cases": ["12.*", "13.*"], "exclude-agent-cases": {}}
EOF
"$home/python/bin/wstest" --mode fuzzingclient --spec "$work/spec.json" >"$work/wstest" 2>&1 || { tail "$work/wstest" >&2; exit 1; }

"$home/python/bin/python" - "$work/report/index.json" <<'EOF'
import json, sys
cases = json.load(open(sys.argv[1]))['deskbell']
counts, bad = {}, []
for name in sorted(cases, key=lambda n: [int(p) for p in n.split('.')]):
    told, close = cases[name]['behavior'], cases[name]['behaviorClose']
    counts[told] = counts.get(told, 0) + 1
    if told == 'NON-STRICT':
        print('NON-STRICT %s' % name)
    if told not in ('OK', 'NON-STRICT', 'INFORMATIONAL') or close not in ('OK', 'INFORMATIONAL'):
        bad.append(name)
        print('FAILED %s: %s, at its end %s' % (name, told, close))
print('%d cases: %s; %d failed' % (len(cases), ', '.join('%d %s' % (n, k) for k, n in sorted(counts.items())), len(bad)))
sys.exit(1 if bad or not cases else 0)
EOF
