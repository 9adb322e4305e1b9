# Sourced by the stories in this folder: a data directory of one's own, checks that say what they
# expected, and an end that leaves no process behind.
#
#   dmsbatch      the program under test
#   work          a temporary directory, current when the story begins
#   service_pid   the local service's process id, once it was started
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export dmsbatch=${DMSBATCH:-$root/build/bin/dmsbatch}
work=$(mktemp -d)
export DMSBATCH_DATA_DIR=$work/data HOME=$work/home
unset DMSBATCH_CONFIG XDG_STATE_HOME
mkdir -p "$HOME"
cd "$work"

service_pid() { cat "$DMSBATCH_DATA_DIR/service.pid" 2>/dev/null || true; }

is_alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }

# Waits until a command succeeds, at most a minute.
wait_until() {
  local deadline=$((SECONDS + 60))
  until "$@"; do
    [ $SECONDS -lt $deadline ] || fail "waited a minute for: $*"
    sleep 0.2
  done
}

is_gone() { ! is_alive "$1"; }

# The processes of this story's nodes: those that have its data directory in their command line or
# as a working directory.
leftovers() {
  local directory pid
  for directory in /proc/[0-9]*; do
    pid=${directory#/proc/}
    [ "$pid" != $$ ] || continue
    case $(tr '\0' ' ' 2>/dev/null <"$directory/cmdline") in
      *"$DMSBATCH_DATA_DIR"*) echo "$pid"; continue ;;
    esac
    case $(readlink "$directory/cwd" 2>/dev/null) in
      "$DMSBATCH_DATA_DIR"*) echo "$pid" ;;
    esac
  done
}

clean_up() {
  local status=$? pid
  set +e
  cd /
  pid=$(service_pid)
  if is_alive "$pid"; then
    kill "$pid"
    for _ in $(seq 50); do is_alive "$pid" || break; sleep 0.1; done
  fi
  for pid in $(leftovers); do kill -9 "$pid" 2>/dev/null; done
  if [ $status -ne 0 ] && [ -d "$DMSBATCH_DATA_DIR" ]; then
    echo "--- the service's log:"
    tail -n 30 "$DMSBATCH_DATA_DIR"/*.log 2>/dev/null
  fi
  rm -rf "$work"
  exit $status
}
trap clean_up EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect_equal WHAT FOUND EXPECTED
expect_equal() { [ "$2" = "$3" ] || fail "$1: found '$2', expected '$3'"; }

# expect_line FILE PATTERN: a line of the file matches the extended regular expression.
expect_line() {
  grep -Eq -- "$2" "$1" || { echo "--- $1:"; cat "$1"; fail "no line of $1 matches: $2"; }
}

expect_no_line() {
  ! grep -Eq -- "$2" "$1" || { echo "--- $1:"; cat "$1"; fail "a line of $1 matches: $2"; }
}

# expect_exit CODE COMMAND…: output goes to the file out, both streams.
expect_exit() {
  local expected=$1 status=0
  shift
  "$@" >out 2>&1 || status=$?
  [ $status = "$expected" ] || { cat out; fail "$*: exit code $status, expected $expected"; }
}

last_line() { tail -n 1 "$1"; }

# A study of runs that take a moment each: sleepy_study NAME RUNS SECONDS
sleepy_study() {
  mkdir -p "$1"
  cat >"$1/study.yml" <<YAML
job_name: $1
inputs: .
command: |
  echo started >> "$work/$1.starts"
  sleep $3
  echo "value \$((N * N))" > result.txt
sweep:
  N: {range: [1, $2]}
outputs: [result.txt]
results:
  square: {file: result.txt, regex: 'value (\S+)'}
task_slots_per_node: 2
YAML
  echo data >"$1/input.txt"
}

# A column of a CSV file without quoted fields: csv_column FILE NAME
csv_column() {
  awk -F, -v name="$2" '
    NR == 1 { for (i = 1; i <= NF; ++i) if ($i == name) column = i; next }
    { print $column }' "$1"
}
