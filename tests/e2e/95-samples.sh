#!/usr/bin/env bash
# The samples that no other story runs: each is run as its README says, and what it computed is
# checked, not only that it ended.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"
programs=${DMSBATCH_BUILD:-$root/build}/bin
cp -r "$root/samples" samples

# The version of this machine's bash, since the local service runs on it.
expect_exit 0 "$dmsbatch" run samples/version/study.yml
expect_equal "bash" "$(csv_column version/results.csv bash)" \
  "$(bash --version | sed -nE '1s/.*version (\S+).*/\1/p')"

# The river: the numbers are those of the model run by hand.
mkdir hand && cp samples/river/*.{awk,inp,csv} hand
(cd hand && awk -f river.awk river.inp inflow.csv)
expect_exit 0 "$dmsbatch" run samples/river/study.yml
unzip -q river/results.zip -d came
cmp hand/outflow.csv came/*/outflow.csv || fail "the river's outflow is not that of the model by hand"
expect_equal "peak" "$(csv_column river/results.csv peak)" \
  "$(sed -nE 's/^peak (\S+).*/\1/p' hand/summary.txt)"

# Spot nodes that are preempted in the middle: every run is in the table, and its number is right.
"$dmsbatch" run samples/spot/study.yml >spot.out 2>&1 &
study=$!
some_run() { "$dmsbatch" task list spot 2>/dev/null | grep -q running; }
wait_until some_run
expect_exit 0 "$dmsbatch" pool preempt spot --count 1 --return-after 5s
wait $study || { cat spot.out; fail "the study on spot nodes failed"; }
expect_equal "last line" "$(tail -n 1 spot.out)" "12 asked = 12 stored = 12 run = 12 collected"
for reaches in 1 7 12; do
  (cd hand && sed -i "s/^reaches.*/reaches = $reaches/" river.inp &&
    awk -f river.awk river.inp inflow.csv)
  expect_equal "peak after $reaches reaches" \
    "$(grep "^$reaches," spot/results.csv | cut -d, -f5)" \
    "$(sed -nE 's/^peak (\S+).*/\1/p' hand/summary.txt)"
done

# Templates: the unstable point is left out, and each run had its own input file.
expect_exit 0 "$dmsbatch" run samples/river-templates/study.yml
expect_equal "last line" "$(last_line out)" "11 asked = 11 stored = 11 run = 11 collected"
unzip -q river-templates/results.zip -d templates
expect_equal "a run's own input" "$(cat templates/river_6_0_2-*/river.inp)" \
  "$(printf 'travel_time = 6\nweight = 0.2\nreaches = 4')"
(cd hand && printf 'travel_time = 6\nweight = 0.2\nreaches = 4\n' >river.inp &&
  awk -f river.awk river.inp inflow.csv)
expect_equal "its peak" "$(grep '^6,0.2,' river-templates/results.csv | cut -d, -f6)" \
  "$(sed -nE 's/^peak (\S+).*/\1/p' hand/summary.txt)"

# The tide: sixty runs over one file, which each node got once.
(cd samples/tide && ./make-tide.sh)
expect_exit 0 "$dmsbatch" run samples/tide/study.yml
expect_equal "last line" "$(last_line out)" "60 asked = 60 stored = 60 run = 60 collected"
by_hand=$(awk -F, '$1 >= "1994-07-01" && $1 < "1994-10-01" { level = $3 + 0.35
  if (n++ == 0 || level > highest) highest = level } END { printf "%.3f,%d", highest, n }' \
  samples/tide/tide.csv)
expect_equal "a quarter at node 42" \
  "$(grep '^42,0.35,1994-07-01,' tide/results.csv | cut -d, -f8,9)" "$by_hand"
expect_equal "copies of the file" "$(find "$DMSBATCH_DATA_DIR/nodes/tide" -type f \
  -size "$(stat -c %s samples/tide/tide.csv)c" | wc -l)" 2

# The chain, in its own folder; again, and nothing of it runs.
chain() {
  for study in upstream downstream summary; do
    expect_exit 0 "$dmsbatch" run "$study.yml"
    cat out >>chain.out
  done
}
(cd samples/chain && chain && unzip -p summary/results.zip '*/peaks.txt' >peaks.txt &&
  expect_equal "peaks" "$(wc -l <peaks.txt)" 4 && : >chain.out && chain &&
  expect_equal "known the second time" "$(grep -c 'are done already' chain.out)" 3)
(cd hand && printf 'travel_time = 6\nweight = 0.2\nreaches = 5\n' >river.inp &&
  cp ../samples/river/inflow.csv . && awk -f river.awk river.inp inflow.csv &&
  mv outflow.csv inflow.csv && printf 'travel_time = 8\nweight = 0.2\nreaches = 4\n' >river.inp &&
  awk -f river.awk river.inp inflow.csv)
expect_equal "a peak down the chain" \
  "$(sed -nE 's/^UPSTREAM-5--TRAVEL_TIME-8-\S+ //p' samples/chain/peaks.txt)" \
  "$(sed -n 's/^peak //p' hand/summary.txt)"

# The container's job file is right, and this machine says why it does not run it.
expect_exit 0 "$dmsbatch" validate samples/container/job.yml
expect_exit 1 "$dmsbatch" submit-job --file samples/container/job.yml
expect_line out 'ontainer'

# The programs on the library, on the account of the local service.
config=$DMSBATCH_DATA_DIR/config.ini
expect_exit 0 "$programs/sample-version" "$config"
expect_line out '^GNU bash, version '
expect_exit 0 "$programs/sample-historical" "$config" "$root/samples/river"
expect_line out '^peak 184\.93'
seq 123457 >tide.txt
expect_exit 0 "$programs/sample-shared-file-sweep" "$config" tide.txt
expect_equal "lines" "$(cat out)" "123457 lines counted by 10 tasks"
expect_exit 1 "$programs/sample-version" /nowhere/config.ini
echo ok
