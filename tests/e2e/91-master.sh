#!/usr/bin/env bash
# A master with eight workers on four nodes, by the estimator of samples/: the same numbers to the
# last digit with workers and a node that die, beside another study on the same port, and with more
# and fewer workers meanwhile; a master that dies ends everything within ten seconds.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"
trap 'status=$?; [ $status = 0 ] || tail -n 20 "$work"/*.out; (exit $status); clean_up' EXIT
sample=$root/build/samples/estimator
[ -x "$sample/estimator-master" ] || fail "this story needs the target estimator-master"

# A study of the sample's case, whose model takes so long: estimation NAME WORKERS SECONDS
estimation() {
  cp -r "$sample" "$1"
  printf '#!/bin/sh\nsleep %s\nexec ./recession\n' "$3" >"$1/slow.sh"
  chmod +x "$1/slow.sh"
  sed -i 's|^\./recession$|./slow.sh|' "$1/recession.pst"
  sed -i 's/20000/200/' "$1/recession.tpl"
  sed -i "s/^job_name: .*/job_name: $1/; s/count: 8 /count: $2 /; s/^num_hosts: .*/num_hosts: 4/" "$1/study.yml"
  mv "$1" "$1.case"
}
# File of the master's outputs: result NAME FILE
result() { unzip -p "$1/results.zip" "master-*/$2"; }

# The processes of a program in the tasks of a study's pool: pids NAME PROGRAM
pids() {
  local pid
  for pid in $(pgrep -f "^\./$2" || true); do
    case $(readlink "/proc/$pid/cwd" || true) in
      "$DMSBATCH_DATA_DIR/nodes/$1/"*) echo "$pid" ;;
    esac
  done
}
count_is() { [ "$(pids "$1" "$2" | wc -l)" = "$3" ]; }

# 1. As it should be.
estimation calm 8 0.1
expect_exit 0 "$dmsbatch" validate calm.case/study.yml
expect_line out 'is valid: job calm, a master and 8 workers$'
expect_exit 0 "$dmsbatch" plan calm.case/study.yml
expect_line out '^calm: a master and 8 workers on pool calm, 4 nodes × 3 slots$'
expect_line out '^master-[0-9a-f]{12}$'
expect_exit 0 "$dmsbatch" run calm.case/study.yml
expect_line out '^the master runs on 127\.[0-9.]+ \(127\.[0-9.]+:4004\)$'
expect_equal "last line" "$(last_line out)" \
  "master ended with code 0; 8 workers asked, 8 started = 8 ended, 0 replaced"
result calm recession.par >parameters
expect_equal "parameters" "$(wc -l <parameters)" 3
result calm recession.rec | grep '^final phi' >phi
expect_equal "phi in the table" "$(csv_column calm/results.csv phi)" "$(cut -d' ' -f3 phi)"
result calm recession.rmr >runs
expect_line runs '8 workers seen$'
as_calm() {
  result "$1" recession.par | cmp - parameters || fail "$1: other parameters"
  result "$1" recession.rec | grep '^final phi' | cmp - phi || fail "$1: another phi"
}

# Again: nothing runs, the same comes back.
rm -r calm
expect_exit 0 "$dmsbatch" run calm.case/study.yml
expect_line out '^the master has ended already: collecting its results$'
as_calm calm

# 2. Two workers die, then a node that has none of the master's.
estimation hurt 8 1.5
"$dmsbatch" run hurt.case/study.yml >hurt.out 2>&1 &
command=$!
wait_until count_is hurt estimator-worker 8
for pid in $(pids hurt estimator-worker | head -n 2); do kill -9 "$pid"; done
replaced() { grep -q 'workers started, again' hurt.out; }
wait_until replaced
wait_until count_is hurt estimator-worker 8
node_of() { readlink "/proc/$1/cwd" | cut -d/ -f1-"$(($(tr -dc / <<<"$DMSBATCH_DATA_DIR" | wc -c) + 4))"; }
# The node's agent and runners, which take their tasks with them: kill_node ROOT
kill_node() { for pid in $(pgrep -f "node-agent.*$1 "); do kill -9 "$pid" 2>/dev/null || true; done; }
master_node=$(node_of "$(pids hurt estimator-master)")
other_node() {
  local pid
  for pid in $(pids hurt estimator-worker); do
    [ "$(node_of "$pid")" = "$master_node" ] || { node_of "$pid"; return; }
  done
}
node=$(other_node)
[ -n "$node" ] || fail "all workers are on the master's node"
kill_node "$node"
status=0
wait $command || status=$?
[ $status = 0 ] || { cat hurt.out; fail "hurt: exit code $status"; }
expect_equal "last line" "$(last_line hurt.out)" \
  "master ended with code 0; 8 workers asked, 10 started = 10 ended, 2 replaced"
as_calm hurt
result hurt recession.rmr >runs
expect_line runs 'is gone, its run goes to another'

# 3. The master dies.
estimation dead 8 1.5
"$dmsbatch" run dead.case/study.yml >dead.out 2>&1 &
command=$!
wait_until count_is dead estimator-worker 8
kill -9 "$(pids dead estimator-master)"
start=$(date +%s%N)
status=0
wait $command || status=$?
took=$((($(date +%s%N) - start) / 1000000))
[ $status = 1 ] || { cat dead.out; fail "dead: exit code $status, expected 1"; }
[ $took -le 10000 ] || fail "the study of a dead master took $took ms to fail"
expect_line dead.out '^the master failed with exit code 137$'
expect_line dead.out '^failed: master-[0-9a-f]{12}: exit code 137'
expect_equal "workers left" "$(pids dead estimator-worker)" ""
expect_equal "models left" "$(pids dead recession)" ""
expect_exit 0 "$dmsbatch" job show dead
expect_line out ' 0 waiting, 0 running,'
echo "a dead master's study ended after $took ms"

# 4. The master's node is lost: it begins again on another, with workers that know where.
estimation lost 8 0.3
"$dmsbatch" run lost.case/study.yml >lost.out 2>&1 &
command=$!
wait_until count_is lost estimator-worker 8
kill_node "$(node_of "$(pids lost estimator-master)")"
wait $command || fail "lost: exit code $?"
expect_line lost.out '^the master was taken from its node and starts anew'
expect_equal "places" "$(grep -c '^the master runs on ' lost.out)" 2
expect_line lost.out '^master ended with code 0; 8 workers asked, [0-9]+ started = [0-9]+ ended, 0 replaced$'
as_calm lost

# 5. Two at once, on the same port, on problems of their own.
estimation left 4 0.1
estimation right 4 0.1
sed -i 's/^q01 \([0-9.]*\) [0-9.]* /q01 \1 0 /' right.case/recession.pst
"$dmsbatch" run left.case/study.yml >left.out 2>&1 &
left=$!
"$dmsbatch" run right.case/study.yml >right.out 2>&1 &
right=$!
wait $left || { cat left.out; fail "left: exit code $?"; }
wait $right || { cat right.out; fail "right: exit code $?"; }
as_calm left
result right recession.par | cmp -s - parameters && fail "right has the parameters of left"
for name in left right; do
  result $name recession.rmr >runs
  expect_line runs '4 workers seen$'
  expect_no_line runs 'refused'
done

# 6. More and fewer while it runs; the command is interrupted and takes up again.
estimation grown 2 0.8
env --default-signal=INT "$dmsbatch" run grown.case/study.yml >grown.out 2>&1 &
command=$!
wait_until count_is grown estimator-worker 2
expect_exit 0 "$dmsbatch" scale grown 6
wait_until count_is grown estimator-worker 6
kill -INT $command
status=0
wait $command || status=$?
[ $status = 130 ] || { cat grown.out; fail "exit code $status after Ctrl-C, expected 130"; }
expect_exit 0 "$dmsbatch" scale grown 3
expect_line out '3 workers wanted, it was 6'
expect_equal "workers without a watcher" "$(pids grown estimator-worker | wc -l)" 6
"$dmsbatch" run grown.case/study.yml >grown.out 2>&1 &
command=$!
wait_until count_is grown estimator-worker 3
wait $command || { cat grown.out; fail "grown: exit code $?"; }
expect_line grown.out '^the master is under way, with 6 workers'
expect_equal "last line" "$(last_line grown.out)" \
  "master ended with code 0; 3 workers asked, 6 started = 6 ended, 0 replaced"
as_calm grown
expect_exit 1 "$dmsbatch" scale grown 1001
expect_line out 'must be 0 to 1000'

# 7. More workers than slots: some join late, the result is the same. More than a master bears are
# refused before anything runs.
estimation crowded 20 0.3
expect_exit 0 "$dmsbatch" run crowded.case/study.yml
expect_line out '^master ended with code 0; 20 workers asked, 20 started = 20 ended, 0 replaced$'
as_calm crowded
sed -i 's/count: 20/count: 1001/' crowded.case/study.yml
for command in validate plan run; do
  expect_exit 1 "$dmsbatch" $command crowded.case/study.yml
  expect_line out 'workers.count.*1000'
done

# 8. PEST++, where it is installed; its study is sound anyway.
expect_exit 0 "$dmsbatch" validate "$sample/study-pestpp.yml"
if command -v pestpp-glm >/dev/null; then
  expect_exit 0 "$dmsbatch" run "$sample/study-pestpp.yml"
  expect_line out '^master ended with code 0; 8 workers asked'
fi
echo "ok"
