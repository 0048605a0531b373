#!/usr/bin/env bash
# Cuts the power of a machine on which the server writes, and looks whether everything it had acknowledged is there.
#
#   tests/power_cut.sh [ROUNDS] [PROGRAM]        default: 3 rounds, target/release/deskbell
#
# The machine is a Linux kernel as a process (Debian: user-mode-linux) with a file as its disk: killing it loses what its
# kernel had not written yet, which killing a server does not. Not part of ./check, for it needs that kernel, mkfs.ext4 and
# python3. The directories of this program are read by the guest, nothing outside a temporary directory is written.
# The exit code is 1 if an acknowledged message is missing, stored twice or changed, the data is not sound, or the server
# would report a loss that was none.
set -euo pipefail

if [ "${1:-}" = guest ]; then # as process 1 of the guest: guest write|read DIRECTORY PROGRAM
  mode=$2 work=$3 program=$4
  export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ TMPDIR=/mnt
  mount -t proc proc /proc
  mount -t ext4 /dev/ubda /mnt
  if command -v ip >/dev/null; then ip link set lo up; else ifconfig lo 127.0.0.1 up; fi
  cd /mnt
  if [ "$mode" = write ]; then
    export DESKBELL_SOCKET__MESSAGES_PER_SECOND=100000 DESKBELL_SOCKET__MESSAGE_BURST=100000
    export DESKBELL_SOCKET__FRAMES_PER_SECOND=100000 DESKBELL_LOG__FILTER=error
    "$program" serve --content "$work/content" --data /mnt/data --listen 127.0.0.1:8080 >/mnt/started &
    until [ -s /mnt/started ]; do sleep 0.05; done
    "$(command -v python3)" "$work/client.py" || echo FAILED client
    sleep 1000
  else
    "$program" log --data /mnt/data | sed -n 's/.*"text":"\([^"]*\)"},"cmid":"\([^"]*\)".*/LOG \2 \1/p' || echo FAILED log
    rm -f /mnt/check.db*
    "$program" backup --data /mnt/data /mnt/check.db >/dev/null && echo WHOLE
    cd / && umount /mnt
  fi
  echo o >/proc/sysrq-trigger
  sleep 1000
fi

cd "$(dirname "$0")/.."
rounds=${1:-3}
program=$(realpath "${2:-target/release/deskbell}")
for needed in linux.uml mkfs.ext4 python3; do
  PATH=$PATH:/usr/sbin command -v "$needed" >/dev/null || { echo "needs $needed (Debian: user-mode-linux, e2fsprogs, python3)"; exit 2; }
done
work=$(mktemp -d)
guest=
trap '[ -z "$guest" ] || kill -KILL -- "-$guest" 2>/dev/null; rm -rf "$work"' EXIT

mkdir -p "$work/content/intents"
cat >"$work/content/intents/a.yaml" <<'YAML'
intents:
  - id: opening-hours
    title: When are you open?
    examples: [when are you open, what are your opening hours]
    answer: Every day from eight to eight.
YAML

cat >"$work/client.py" <<'PY'
"""Four visitors who write as fast as they are answered. One line for each ack: its name, and the text."""
import json, os, socket, struct, threading, uuid

def frame(text):
    data, key = text.encode(), os.urandom(4)
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
    return b"\x81" + size + key + bytes(b ^ key[i % 4] for i, b in enumerate(data))

def frames(s):
    def take(n):
        data = b""
        while len(data) < n:
            more = s.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data
    while True:
        first, size = take(2)
        size = struct.unpack(">H", take(2))[0] if size == 126 else struct.unpack(">Q", take(8))[0] if size == 127 else size
        data = take(size)
        if first & 15 == 1:
            yield json.loads(data)

lock = threading.Lock()

def visitor():
    s = socket.create_connection(("127.0.0.1", 8080))
    s.sendall(b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nOrigin: http://127.0.0.1:8080\r\nConnection: Upgrade\r\n"
              b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
    head = b""
    while b"\r\n\r\n" not in head:
        head += s.recv(1)
    coming = frames(s)
    s.sendall(frame(json.dumps({"type": "hello", "v": 1, "device": str(uuid.uuid4())})))
    c = None
    while True:
        cmid = str(uuid.uuid4())
        text = "message " + cmid[:8]
        say = {"type": "send", "cmid": cmid, "kind": "text", "body": {"text": text}}
        s.sendall(frame(json.dumps(say | ({"c": c} if c else {}))))
        told = next(f for f in coming if f["type"] in ("ack", "nack") and f["cmid"] == cmid)
        if told["type"] == "ack":
            c = told["c"]
            with lock:
                print("ACK", cmid, text, flush=True)

for _ in range(4):
    threading.Thread(target=visitor).start()
PY

truncate -s 512M "$work/disk"
PATH=$PATH:/usr/sbin mkfs.ext4 -q -F "$work/disk"
self=$(realpath "$0")

boot() { # mode, where its console goes
  setsid linux.uml mem=512M rootfstype=hostfs rootflags=/ ro quiet "ubda=$work/disk" con=null con0=null,fd:1 \
    "init=$self" -- guest "$1" "$work" "$program" >"$2" 2>&1 </dev/null &
  guest=$!
}

count() { grep -c "^$1 " "$2" || true; }

failed=0
: >"$work/acked"
for round in $(seq "$rounds"); do
  cut=$((200 + RANDOM % 600))
  boot write "$work/console"
  until [ "$(count ACK "$work/console")" -ge "$cut" ]; do
    kill -0 "$guest" 2>/dev/null || { cat "$work/console"; echo 'the guest ended'; exit 2; }
    sleep 0.02
  done
  kill -KILL -- "-$guest"
  wait "$guest" 2>/dev/null || true
  tr -d '\r' <"$work/console" | grep '^ACK [0-9a-f-]\{36\} message [0-9a-f]\{8\}$' | cut -d' ' -f2- >>"$work/acked" || true
  boot read "$work/console"
  wait "$guest" 2>/dev/null || true
  guest=
  tr -d '\r' <"$work/console" | grep '^LOG ' | cut -d' ' -f2- | sort >"$work/stored" || true
  lost=$(sort "$work/acked" | comm -23 - "$work/stored" | wc -l)
  twice=$(cut -d' ' -f1 "$work/stored" | uniq -d | wc -l)
  whole=$(tr -d '\r' <"$work/console" | grep -c '^WHOLE$' || true)
  alarms=$(grep -c data_loss_detected "$work/console" || true)
  echo "power cut $round: $(wc -l <"$work/acked") acknowledged, $(wc -l <"$work/stored") stored, $lost lost, $twice twice," \
    "sound: $whole, losses reported: $alarms"
  [ "$lost$twice$alarms" = 000 ] && [ "$whole" = 1 ] || { failed=1; grep -v '^LOG ' "$work/console" || true; }
done
exit "$failed"
