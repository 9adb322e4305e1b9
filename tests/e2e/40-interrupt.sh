#!/usr/bin/env bash
# Ctrl-C leaves the runs going; the same command picks them up.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"

sleepy_study squares 8 0.7
# A background command of a script would ignore SIGINT.
env --default-signal=INT "$dmsbatch" run squares/study.yml >first.out 2>&1 &
command=$!
two_started() { [ "$(wc -l 2>/dev/null <squares.starts || echo 0)" -ge 2 ]; }
wait_until two_started
kill -INT $command
status=0
wait $command || status=$?
[ $status = 130 ] || { cat first.out; fail "exit code $status after Ctrl-C, expected 130"; }
expect_line first.out '^interrupted: .*the others go on'
expect_line first.out 'run the same command again'
[ ! -e squares/results.csv ] || fail "results before all runs have ended"
is_alive "$(service_pid)" || fail "Ctrl-C ended the service"

# They go on without the command.
all_started() { [ "$(wc -l <squares.starts)" = 8 ]; }
wait_until all_started

expect_exit 0 "$dmsbatch" run squares/study.yml
expect_equal "last line" "$(last_line out)" "8 asked = 8 stored = 8 run = 8 collected"
expect_equal "runs" "$(wc -l <squares.starts)" 8
echo "ok"
