#!/usr/bin/env bash
# `dmsbatch serve`: its files, its address, what it refuses, and how it ends.
set -euo pipefail
cd "$(dirname "$0")/../.."
dmsbatch=${DMSBATCH:-build/bin/dmsbatch}
work=$(mktemp -d)
pids=()

cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait || true
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  echo "60-serve: $*" >&2
  exit 1
}

# Starts a service and waits for its line; its log is $work/NAME.log.
start() {
  local name=$1
  shift
  "$dmsbatch" serve --data-dir "$work/$name" "$@" >"$work/$name.log" 2>&1 &
  pids+=($!)
  for _ in $(seq 200); do
    grep -q '^ready ' "$work/$name.log" && return
    kill -0 "${pids[-1]}" 2>/dev/null || fail "$name ended: $(cat "$work/$name.log")"
    sleep 0.05
  done
  fail "$name is not ready"
}

start one --port 0
read -r word batch blob <"$work/one.log"
[[ $word == ready && $batch =~ ^http://127\.0\.0\.1:[0-9]+$ ]] || fail "wrong line: $word $batch"
[[ $blob == "$batch/"* ]] || fail "the blob endpoint is not path-style: $blob"
[[ $(stat -c %a "$work/one/config.ini") == 600 ]] || fail "config.ini is not private"
[[ $(stat -c %a "$work/one") == 700 ]] || fail "the data directory is not private"
for key in _BATCH_ACCOUNT_NAME _BATCH_ACCOUNT_KEY _BATCH_ACCOUNT_URL _STORAGE_ACCOUNT_NAME \
  _STORAGE_ACCOUNT_KEY _STORAGE_ACCOUNT_DOMAIN _AUTH_MODE; do
  grep -q "^$key = ." "$work/one/config.ini" || fail "config.ini has no $key"
done

# No key on a command line, and none in a log.
key=$(sed -n 's/^_BATCH_ACCOUNT_KEY = //p' "$work/one/config.ini")
if grep -rqF "$key" "$work/one.log" "$work/one"/*.log 2>/dev/null; then fail "a key is in a log"; fi
if tr '\0' ' ' </proc/"${pids[0]}"/cmdline | grep -qF "$key"; then fail "a key is in the argv"; fi

# One data directory, one service; a port that is taken; a name that is not ours.
if "$dmsbatch" serve --data-dir "$work/one" --port 0 >"$work/second.log" 2>&1; then
  fail "a second service with one data directory"
fi
grep -q 'is running already' "$work/second.log" || fail "unclear: $(cat "$work/second.log")"
port=${batch##*:}
if "$dmsbatch" serve --data-dir "$work/other" --port "$port" >"$work/taken.log" 2>&1; then
  fail "a taken port was accepted"
fi
grep -q "$port" "$work/taken.log" || fail "the port is not named: $(cat "$work/taken.log")"
grep -q -- '--port' "$work/taken.log" || fail "no advice: $(cat "$work/taken.log")"
if "$dmsbatch" serve --data-dir /proc/nowhere --port 0 >"$work/nowhere.log" 2>&1; then
  fail "a data directory that cannot be made was accepted"
fi
grep -q '/proc/nowhere' "$work/nowhere.log" || fail "unclear: $(cat "$work/nowhere.log")"

# The same keys and the same port after a restart, and an end with 0.
kill -TERM "${pids[0]}"
wait "${pids[0]}" || fail "SIGTERM did not end the service with 0"
mv "$work/one.log" "$work/before.log"
start one
read -r _ again _ <"$work/one.log"
[[ $again == "$batch" ]] || fail "another address after a restart: $again"
grep -qF "$key" "$work/one/config.ini" || fail "another key after a restart"

# A client command finds it by the environment, and a service of its own elsewhere.
DMSBATCH_CONFIG=$work/one/config.ini "$dmsbatch" pool list --json | grep -q '\[\]' || fail "pool list"

# Keys of another account in the environment are not meant for the local service.
HOME=$work DMSBATCH_DATA_DIR=$work/one BATCH_ACCOUNT_KEY=bm90aGluZw== "$dmsbatch" pool list --json |
  grep -q '\[\]' || fail "a key in the environment was used for the local service"

# It ends by itself when nobody needs it.
"$dmsbatch" serve --data-dir "$work/idle" --port 0 --idle-exit 1 >"$work/idle.log" 2>&1 ||
  fail "an idle service did not end with 0"
echo "60-serve: passed"
