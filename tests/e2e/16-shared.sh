#!/usr/bin/env bash
# A large file that all runs share: sent once, brought to each node once, the same for every run;
# and inputs that a run may change without a change for its neighbours.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"

mkdir -p ptm/case
head -c 3000000 /dev/urandom >ptm/DCP_EX.h5
sum=$(sha256sum <ptm/DCP_EX.h5 | cut -d' ' -f1)
echo start >ptm/case/state.txt
study() {  # JOB
  cat >ptm/study.yml <<YAML
job_name: $1
inputs: case
shared_files: [DCP_EX.h5]
command: |
  sha256sum < "\$AZ_BATCH_NODE_SHARED_DIR/DCP_EX.h5" > result.txt
  cat state.txt >> result.txt
  printf 'RUN_%s' "\$N" 1<> state.txt
sweep: {N: {range: [1, 12]}}
outputs: [result.txt]
pool_name: ptm
num_hosts: 2
task_slots_per_node: 2
YAML
}
found() { unzip -p "$1/results.zip" '*/result.txt' | sort | uniq -c | tr -s ' ' | paste -sd' '; }

study ptm
expect_exit 0 "$dmsbatch" run ptm/study.yml
expect_line out '^shared by the runs of a node: DCP_EX.h5 \(3.0 MB\)$'
expect_line out '^DCP_EX.h5 uploaded$'
expect_equal "last line" "$(last_line out)" "12 asked = 12 stored = 12 run = 12 collected"
expect_equal "what runs saw" "$(found ptm)" " 12 $sum -  12 start"
# Once per node: as many files as there are nodes, and links to them.
files() { find "$DMSBATCH_DATA_DIR" -path '*/shared/dmsbatch/files/*' -size +1000k | wc -l; }
[ "$(files)" -le 2 ] || fail "$(files) copies on two nodes"

# Known again without a transfer; a second job sends nothing either.
expect_exit 0 "$dmsbatch" run ptm/study.yml
expect_line out 'all 12 runs are done already'
study again
sed -i 's/range: \[1, 12\]/range: [11, 14]/' ptm/study.yml
expect_exit 0 "$dmsbatch" run ptm/study.yml
expect_line out '^DCP_EX.h5 is in storage already: nothing uploaded$'
expect_equal "last line" "$(last_line out)" "4 asked = 4 stored = 4 run = 4 collected"

# Another content under the same name is another sweep; a job keeps what it was made with.
head -c 2000000 /dev/urandom >ptm/DCP_EX.h5
expect_exit 0 "$dmsbatch" plan ptm/study.yml --runs 0
expect_line out '^  new: shared file DCP_EX.h5 changed$'
expect_exit 1 "$dmsbatch" run ptm/study.yml
expect_line out 'job again was made without DCP_EX.h5 as it is now'
sed -i 's/job_name: again/job_name: third/' ptm/study.yml
expect_exit 0 "$dmsbatch" run ptm/study.yml
expect_equal "what runs saw" "$(found third)" \
  " 4 $(sha256sum <ptm/DCP_EX.h5 | cut -d' ' -f1) -  4 start"

# A node that cannot be prepared is told, and nothing hangs.
sed -i 's/job_name: third/job_name: fourth/' ptm/study.yml
echo other >ptm/case/state.txt
find "$DMSBATCH_DATA_DIR" -type d -path '*/shared/dmsbatch/inputs' >stores
[ -s stores ] || fail "no node keeps inputs"
while read -r store; do
  mv "$store" "$store.away"
  touch "$store"  # no folder can be made below it
done <stores
expect_exit 1 timeout 60 "$dmsbatch" run ptm/study.yml
expect_line out 'no node could be prepared for job fourth, .*exit code 74: dmsnode: .*Not a directory'
echo "ok"
