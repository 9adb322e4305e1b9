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
