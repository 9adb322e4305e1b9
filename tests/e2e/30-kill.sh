#!/usr/bin/env bash
# The service is killed in the middle of a study. The waiting command gives up with a clear message;
# the same command again brings the same results, and no run that was done or under way is repeated.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"

sleepy_study squares 24 0.7
"$dmsbatch" run squares/study.yml >first.out 2>&1 &
command=$!
six_started() { [ "$(wc -l 2>/dev/null <squares.starts || echo 0)" -ge 6 ]; }
wait_until six_started
pid=$(service_pid)
kill -9 "$pid"
wait_until is_gone "$pid"

status=0
wait $command || status=$?
[ $status = 1 ] || { cat first.out; fail "the waiting command: exit code $status, expected 1"; }
expect_line first.out '^dmsbatch: .*'
expect_line first.out 'does not answer. What was submitted is not lost'

expect_exit 0 "$dmsbatch" run squares/study.yml
[ "$(service_pid)" != "$pid" ] || fail "no new service"
expect_equal "last line" "$(last_line out)" "24 asked = 24 stored = 24 run = 24 collected"
expect_equal "squares" "$(csv_column squares/results.csv square | tr '\n' ' ')" \
  "$(for n in $(seq 24); do printf '%s ' $((n * n)); done)"
expect_equal "runs" "$(wc -l <squares.starts)" 24
unzip -tq squares/results.zip >/dev/null || fail "results.zip is damaged"
echo "ok"
