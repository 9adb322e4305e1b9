#!/usr/bin/env bash
# Job files in the format of the Python tool: submitted, run, their blobs where they belong; what
# fails fails; what is wrong is told with its place.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"

# A river's levels in storage, and a job of three stations that reads them.
mkdir -p levels/shared
for station in 1 2 3; do seq "$station" "$((station + 4))" >"levels/station_$station.txt"; done
echo 10 >levels/shared/offset.txt
expect_exit 0 "$dmsbatch" blob upload levels rivers/levels
cat >tides.yml <<'YAML'
template_name: linux
resource_group: lab
batch_account_name: myaccount
storage_account_name: mystore
storage_container_name: rivers
job_name: tides_{year}
year: 2024
num_hosts: 1
task_slots_per_node: 2
task_ids: |
  # station and name
  stations = [
      [1, 'north'],
      [2, 'south'],
      [3, 'west'],
  ]
  stations
station: '{task_id[0]}'
name: '{task_id[1]}'
task_name: 'station_{station:02d}_{name}'
environment_variables:
  STATION_NAME: '{name}'
job_start_command_resource_files:
  - {file_path: ., blob_prefix: levels/shared/}
job_start_command_template: |
  # The offset is the same for all tasks of a node.
  if [ -d levels/shared ]; then   # a block over several lines
    mv levels/shared/offset.txt "$AZ_BATCH_NODE_SHARED_DIR"
  fi
resource_files:
  - {file_path: ., blob_prefix: 'levels/station_{station}.txt'}
output_files:
  - {file_pattern: '*.sum', path: sums, upload_condition: tasksuccess}
command: |
  offset=$(cat "$AZ_BATCH_NODE_SHARED_DIR/offset.txt")
  awk -v offset="${offset:-0}" '{sum += $1} END {print sum + offset}' levels/station_{station}.txt > {name}.sum
  echo "{{station}} $STATION_NAME of {year}: $(cat {name}.sum)"
YAML

expect_exit 0 "$dmsbatch" validate tides.yml
expect_line out '^tides.yml is valid: job tides_2024 of template linux, 3 tasks$'
[ -d "$DMSBATCH_DATA_DIR" ] || fail "the upload started no service"

expect_exit 0 "$dmsbatch" submit-job --file tides.yml --wait
expect_line out '^job tides_2024_job_[0-9]{14} has 3 tasks on pool tides_2024_[0-9]{14}$'
expect_line out '^3 of 3 tasks have ended, 0 failed$'
job=$(sed -nE 's/^job (\S+) has 3 tasks.*/\1/p' out)
pool=$(sed -nE 's/.* on pool (\S+)$/\1/p' out)
expect_equal "the pool's stamp" "${pool##*_}" "${job##*_}"

# The layout of blobs: the file itself, and a folder per task.
expect_exit 0 "$dmsbatch" blob download rivers back
cmp tides.yml "back/jobs/$job/tides.yml" || fail "the job file's copy differs"
for task in station_01_north station_02_south station_03_west; do
  for name in stdout.txt stderr.txt application_command.sh; do
    [ -f "back/jobs/$job/$task/$name" ] || fail "jobs/$job/$task/$name is not in storage"
  done
done
# The environment holds what is nobody's business.
[ -z "$(find back -name env_vars.sh)" ] || fail "env_vars.sh is in storage"
expect_equal "output of a task" "$(cat "back/jobs/$job/station_02_south/stdout.txt")" \
  "{{station}} south of 2024: 30"
# One path for three tasks: each has a folder below it.
expect_equal "north" "$(cat back/sums/station_01_north/north.sum)" 25
expect_equal "south" "$(cat back/sums/station_02_south/south.sum)" 30
expect_equal "west" "$(cat back/sums/station_03_west/west.sum)" 35

# The job ends by itself.
job_is_completed() { "$dmsbatch" job show "$job" 2>/dev/null | grep -q 'completed'; }
wait_until job_is_completed

# On the same pool again; a command that fails in its middle fails its task and the wait.
sed -e 's/^  echo "{{station}}.*/  test {station} != 2\n  echo done/' tides.yml >fails.yml
expect_exit 1 "$dmsbatch" submit-job --file fails.yml --pool-name "$pool" --wait
expect_line out '^3 of 3 tasks have ended, 1 failed$'
expect_line out '^failed: station_02_south \(exit code 1\)'
failed=$(sed -nE 's/^job (\S+) has 3 tasks.*/\1/p' out)
expect_exit 0 "$dmsbatch" blob download rivers again
[ -f "again/jobs/$failed/station_02_south/stderr.txt" ] || fail "a failed task left no stderr.txt"

# Again, for a job that has all: nothing is added twice.
sed 's/^job_name.*/job_name: open\nauto_terminate: false/' tides.yml >open.yml
expect_exit 0 "$dmsbatch" submit-job --file open.yml --pool-name "$pool" --json
open=$(sed -nE 's/.*"jobId":"([^"]+)".*/\1/p' out)
expect_exit 0 "$dmsbatch" schism submit-job --file open.yml --resume "$open" --json
expect_line out '"tasks":3,"added":0,"existed":3'

# A file over three nodes: its scripts on each of them, the ranks everywhere, plain mpirun.
mkdir waves
cp "$root/samples/mpi-hello/hello.c" waves/
expect_exit 0 "$dmsbatch" blob upload waves rivers/waves
cat >waves.yml <<'YAML'
template_name: linux
resource_group: lab
batch_account_name: myaccount
storage_account_name: mystore
storage_container_name: rivers
job_name: waves
num_hosts: 3
job_start_command_resource_files:
  - {file_path: ., blob_prefix: waves/}
job_start_command_template: |
  mpicc -o "$AZ_BATCH_NODE_SHARED_DIR/hello" waves/hello.c
coordination_command_template: |
  hostname > "$AZ_BATCH_TASK_SHARED_DIR/coordinated.txt"
output_files:
  - {file_pattern: ranks.txt, path: waves/ranks.txt, upload_condition: tasksuccess}
mpi_command: |
  tr ',' '\n' <<<"$AZ_BATCH_HOST_LIST" | sed 's/$/ slots=2/' > hostfile
  mpirun -np {num_cores} --hostfile hostfile --wdir "$AZ_BATCH_TASK_SHARED_DIR" \
    sh -c "$AZ_BATCH_NODE_SHARED_DIR/hello && cat coordinated.txt" > ranks.txt
YAML
expect_exit 0 "$dmsbatch" validate waves.yml
expect_exit 0 "$dmsbatch" submit-job --file waves.yml --wait
expect_line out '^1 of 1 tasks have ended, 0 failed$'
mpi_pool=$(sed -nE 's/.* on pool (\S+)$/\1/p' out)
expect_exit 0 "$dmsbatch" blob download rivers/waves/ranks.txt ranks.txt
expect_equal "ranks" "$(grep -c '^rank . of 6 on .*, sum of all ranks 15$' ranks.txt)" 6
expect_equal "ranks on each host" \
  "$(grep -o ' on [^,]*' ranks.txt | sort | uniq -c | awk '{print $1}' | xargs)" "2 2 2"
expect_equal "hosts that coordinated" "$(grep '^node-' ranks.txt | sort | uniq -c | awk '{print $1}' | xargs)" "2 2 2"
# A rank that fails fails the task.
# shellcheck disable=SC2016
sed 's|hello && cat coordinated.txt|hello; [ \\$OMPI_COMM_WORLD_RANK != 4 ] \|\| exit 5|' waves.yml >breaks.yml
expect_exit 1 "$dmsbatch" submit-job --file breaks.yml --pool-name "$mpi_pool" --wait
expect_line out '^failed: \S+ \(exit code 5\)'
# Where it could never start, it is refused.
expect_exit 1 "$dmsbatch" submit-job --file waves.yml --pool-name "$pool"
expect_line out "pool $pool was made without communication between its nodes"
sed 's/^num_hosts: 3/num_hosts: 4/' waves.yml >large.yml
expect_exit 1 "$dmsbatch" submit-job --file large.yml --pool-name "$mpi_pool"
expect_line out "pool $mpi_pool has 3 nodes and a run needs 4"
sed 's/^num_hosts: 3/num_hosts: 3\ntask_slots_per_node: 2/' waves.yml >slots.yml
expect_exit 1 "$dmsbatch" validate slots.yml
expect_line out 'slots.yml:8:22: task_slots_per_node is 2.*one slot.*wait for ever'

# The same work as a study.
expect_exit 0 "$dmsbatch" migrate tides.yml -o study.yml
expect_exit 0 "$dmsbatch" validate study.yml
expect_line out 'study.yml is valid: job tides_2024, 3 runs'
expect_exit 1 "$dmsbatch" migrate tides.yml -o study.yml
expect_line out 'is not overwritten'

# What is wrong has a place.
bad() {  # WHAT PATTERN: the job file on stdin
  { printf 'resource_group: lab\nbatch_account_name: a\nstorage_account_name: s\n'
    printf 'storage_container_name: c\ntemplate_name: linux\njob_name: j\n'; cat; } >bad.yml
  expect_exit 1 "$dmsbatch" submit-job --file bad.yml
  expect_line out "$2"
}
bad "an index" '^dmsbatch: bad.yml:9:7: there is no task_id\[2\]: task_id has 2 values' <<'YAML'
task_ids: [[1, a], [2, b]]
command: |
  run {task_id[2]}
YAML
bad "a circle" '^dmsbatch: bad.yml:8:10: a needs itself: a → b → a' <<'YAML'
a: '{b}'
b: 'from {a}'
command: run {a}
YAML
bad "a program" '^dmsbatch: bad.yml:9:3: task_ids is a program, which is not run: a loop begins here' <<'YAML'
task_ids: |
  out = []
  for n in range(1, 20):
    out.append(n)
  out
command: run {task_id}
YAML
expect_line out '^dmsbatch: *n: \{range: \[1, 19\]\}$'
bad "a container" "^dmsbatch: bad.yml:7:24: this job runs in a container" <<'YAML'
container_run_options: --rm
container_image_name: dsm2
command: hydro
YAML

# A configuration to be filled in, once.
expect_exit 0 "$dmsbatch" config-generate --file fresh.ini
for key in BATCH_ACCOUNT_NAME BATCH_ACCOUNT_KEY BATCH_ACCOUNT_URL STORAGE_ACCOUNT_NAME STORAGE_ACCOUNT_KEY \
  STORAGE_ACCOUNT_DOMAIN AUTH_MODE; do
  expect_line fresh.ini "^_$key ="
done
expect_equal "mode" "$(stat -c %a fresh.ini)" 600
expect_exit 1 "$dmsbatch" config-generate --file fresh.ini
expect_line out 'is not overwritten'
echo "ok"
