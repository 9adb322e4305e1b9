#!/usr/bin/env bash
# A sweep of 200 runs, then changes to it: only what is new runs, `plan` says beforehand what that
# is and why, and results outlive their job.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"

mkdir -p grid/case
echo one >grid/case/in.melt
echo same >grid/case/other.txt
study() {  # JOB VALUES_OF_B OMP
  cat >grid/study.yml <<YAML
job_name: $1
inputs: case
command: |
  echo "\$A \$B" >> "$work/runs"
  echo "sum \$((A + B)) \$(cat in.melt)" > result.txt
sweep:
  A: {range: [1, 20]}
  B: [$2]
outputs: [result.txt]
results: {sum: {file: result.txt, regex: 'sum (\d+)'}}
environment_variables: {OMP_NUM_THREADS: $3}
pool_name: grid
task_slots_per_node: 2
YAML
}
runs() { wc -l <runs; }

# Nothing is there to be asked.
study grid "1, 2, 3, 4, 5, 6, 7, 8, 9, 10" 1
expect_exit 0 "$dmsbatch" plan grid/study.yml --runs 0
expect_line out '^offline: .*\(no local service is running\)$'
[ ! -e "$DMSBATCH_DATA_DIR" ] || fail "plan started the service"

expect_exit 0 "$dmsbatch" run grid/study.yml
expect_equal "last line" "$(last_line out)" "200 asked = 200 stored = 200 run = 200 collected"
expect_equal "runs" "$(runs)" 200
expect_exit 0 "$dmsbatch" plan grid/study.yml --runs 0
expect_line out '^200 known, 0 to run$'
expect_no_line out 'new:'

# One list is extended.
study grid "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11" 1
expect_exit 0 "$dmsbatch" plan grid/study.yml --runs 0
expect_line out '^200 known, 20 to run$'
expect_line out '^  new: new values of B: 11$'
expect_equal "runs after plan" "$(runs)" 200
expect_exit 0 "$dmsbatch" run grid/study.yml
expect_line out '200 of 220 runs are done already'
expect_equal "last line" "$(last_line out)" "220 asked = 220 stored = 220 run = 220 collected"
expect_equal "runs" "$(runs)" 220
expect_equal "new runs" "$(tail -n 20 runs | cut -d' ' -f2 | sort -u)" 11

# Another job asks for some of the same.
study other "10, 11, 12" 1
expect_exit 0 "$dmsbatch" plan grid/study.yml --json
expect_line out '"known":40,'
expect_line out '"toRun":20,'
expect_line out '"whyNew":\["job other was not submitted before"\]'
expect_exit 0 "$dmsbatch" run grid/study.yml
expect_line out '^40 of them in an earlier job: their results are kept$'
expect_equal "last line" "$(last_line out)" "60 asked = 60 stored = 60 run = 60 collected"
expect_equal "runs" "$(runs)" 240
expect_equal "sums" "$(csv_column other/results.csv sum | paste -sd+ | bc)" \
  $(((1 + 20) * 20 * 3 / 2 + 20 * (10 + 11 + 12)))
expect_no_line other/results.csv ',,'  # every run has its time, kept ones too
expect_equal "folders" "$(unzip -Z1 other/results.zip | cut -d/ -f1 | sort -u | wc -l)" 60

# The jobs are deleted, the laptop is lost: all is known still, and nothing runs.
for job in grid other; do expect_exit 0 "$dmsbatch" job delete $job; done
no_jobs() { [ "$("$dmsbatch" job list)" = none ]; }
wait_until no_jobs
rm -r grid/case other "$HOME/.cache" 2>/dev/null || true
mkdir grid/case
echo one >grid/case/in.melt
echo same >grid/case/other.txt
expect_exit 0 "$dmsbatch" run grid/study.yml
expect_equal "last line" "$(last_line out)" "60 asked = 60 stored = 60 run = 60 collected"
expect_equal "runs" "$(runs)" 240

# An input changes: all runs are new, and plan says why.
echo two >grid/case/in.melt
expect_exit 0 "$dmsbatch" plan grid/study.yml --runs 0
expect_line out '^0 known, 60 to run$'
expect_line out '^  new: in.melt changed$'
expect_no_line out 'other.txt'
study other "10, 11, 12" 4
expect_exit 0 "$dmsbatch" plan grid/study.yml --runs 0
expect_line out '^  new: environment OMP_NUM_THREADS changed$'
study other "10, 11, 12" 1
expect_exit 0 "$dmsbatch" run grid/study.yml
expect_equal "runs" "$(runs)" 300
expect_equal "what they read" "$(unzip -p other/results.zip '*/result.txt' | cut -d' ' -f3 | sort -u)" two
# In a job that is there, with other inputs than it was made for.
echo three >grid/case/in.melt
expect_exit 0 "$dmsbatch" run grid/study.yml
expect_equal "what they read" "$(unzip -p other/results.zip '*/result.txt' | cut -d' ' -f3 | sort -u)" three

# Afresh means afresh.
expect_exit 0 "$dmsbatch" run grid/study.yml --fresh
expect_equal "runs" "$(runs)" 420
echo "ok"
