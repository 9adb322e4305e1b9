#!/usr/bin/env bash
# Bad input: a message that names the place, a non-zero exit, nothing half done.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"

# bad WHAT PATTERN: the study on stdin is refused with a message that matches.
bad() {
  cat >study.yml
  expect_exit 1 "$dmsbatch" run study.yml
  expect_line out "$2"
  [ ! -e j ] || fail "$1: a folder of results was left"
  [ ! -e "$DMSBATCH_DATA_DIR" ] || fail "$1: the service was started"
}

bad "no such folder" '^dmsbatch: study.yml:2:9: inputs: no such folder: .*/nowhere$' <<'YAML'
job_name: j
inputs: nowhere
command: c
YAML
bad "empty sweep" '^dmsbatch: study.yml:3:8: the sweep is empty' <<'YAML'
job_name: j
command: c
sweep: {}
YAML
bad "no values" '^dmsbatch: study.yml:4:6: sweep.A has no values' <<'YAML'
job_name: j
command: c
sweep:
  A: []
YAML
bad "the same run twice" '^dmsbatch: study.yml:4:18: sweep.A has the value 0.5 twice' <<'YAML'
job_name: j
command: c
sweep:
  A: [0.5, 0.75, 0.5]
YAML
printf 'job_name: j\ncommand: c\nsweep:\n\tA: [1]\n' |
  bad "a tab" '^dmsbatch: study.yml:4:1: a tab indents this line'
bad "unknown key" "^dmsbatch: study.yml:3:1: unknown key 'num_host' \(did you mean 'num_hosts'\?\)" <<'YAML'
job_name: j
command: c
num_host: 3
YAML
bad "a long name" '^dmsbatch: study.yml:1:11: .*has 70 characters; at most 64' <<YAML
job_name: $(printf 'x%.0s' $(seq 70))
command: c
YAML
bad "a regular expression" '^dmsbatch: study.yml:4:35: .*no regular expression' <<'YAML'
job_name: j
command: c
results:
  pe: {file: result.txt, regex:   '(\S+'}
YAML

expect_exit 1 "$dmsbatch" run no-such-study.yml
expect_line out 'no-such-study.yml.*No such file'
expect_exit 2 "$dmsbatch" run
expect_exit 2 "$dmsbatch" rnu study.yml
expect_line out "no such command 'rnu' \(did you mean 'run'\?\)"
expect_exit 0 "$dmsbatch" --help
expect_exit 0 "$dmsbatch" run --help
expect_line out 'linspace'

cat >study.yml <<'YAML'
job_name: j
command: echo "$N" > result.txt
sweep: {N: [1, 2]}
outputs: [result.txt]
YAML
expect_exit 0 "$dmsbatch" validate study.yml
expect_exit 0 "$dmsbatch" plan study.yml
expect_line out '^N-2-[0-9a-f]{12}$'
[ ! -e "$DMSBATCH_DATA_DIR" ] || fail "plan started the service"

# Where results cannot go.
touch file
expect_exit 1 "$dmsbatch" run study.yml --out file
expect_line out 'file is not a folder'

# A wrong key. The first command starts the service, which has a good one.
expect_exit 0 "$dmsbatch" pool list
sed -E 's/^(_BATCH_ACCOUNT_KEY *= *).*/\1d3Jvbmcgd3Jvbmcgd3Jvbmc=/' "$DMSBATCH_DATA_DIR/config.ini" >wrong.ini
chmod 600 wrong.ini
expect_exit 1 "$dmsbatch" run study.yml --config wrong.ini
expect_line out 'does not accept the key: check _BATCH_ACCOUNT_KEY'
expect_line out 'wrong.ini'
expect_no_line out 'd3Jvbmcg'
[ ! -e j ] || fail "a wrong key left a folder of results"
expect_exit 0 "$dmsbatch" job list
expect_equal "jobs" "$(cat out)" "none"

# A configuration that others may read.
cp "$DMSBATCH_DATA_DIR/config.ini" open.ini
chmod 644 open.ini
expect_exit 0 "$dmsbatch" pool list --config open.ini
expect_line out 'warning: .*open.ini'

# No place left for the results: the runs are kept, and nothing is half written.
if [ "$(id -u)" = 0 ] && mkdir full && mount -t tmpfs -o size=64k none full 2>/dev/null; then
  cat >study.yml <<'YAML'
job_name: big
command: head -c 200000 /dev/urandom > result.bin
sweep: {N: [1, 2]}
outputs: [result.bin]
YAML
  status=0
  "$dmsbatch" run study.yml --out full >out 2>&1 || status=$?
  left=$(find full -type f ! -name '.dmsbatch-results' | wc -l)
  umount full
  [ $status = 1 ] || { cat out; fail "a full disk: exit code $status, expected 1"; }
  expect_line out 'No space left on device'
  expect_equal "files on the full disk" "$left" 0
  expect_exit 0 "$dmsbatch" run study.yml
  expect_line out 'all 2 runs are done already'
fi
echo "ok"
