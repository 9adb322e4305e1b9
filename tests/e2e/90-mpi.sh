#!/usr/bin/env bash
# MPI over three nodes: plain mpirun of Open MPI and of MPICH, ranks that die, tasks that are ended,
# pools on which no run could start.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"
for program in lmp mpirun.openmpi mpicc.openmpi mpiexec.hydra mpicc.mpich; do
  command -v $program >/dev/null || fail "this story needs $program (scripts/setup --tests)"
done

# study NAME: a study of that name on three hosts; its mpi_command is read from stdin.
study() {
  mkdir -p "$1"
  cat >"$1/study.yml" <<YAML
job_name: $1
pool_name: mpi
inputs: .
num_hosts: 3
${more:-}
mpi: {ranks_per_host: 2${mpi_keys:-}}
outputs: [${outputs:-}]
mpi_command: |
$(sed 's/^/  /')
YAML
}

# result NAME FILE: a file of the only run of a study
result() { unzip -p "$1/results.zip" "*/$2"; }

# The processes of this story's nodes that are no agents: none when no task runs.
task_processes() {
  local pid
  for pid in $(leftovers); do
    case $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") in
      *" node-agent "* | *" serve "* | '') ;;
      *) echo "$pid" ;;
    esac
  done
}
no_task_processes() { [ -z "$(task_processes)" ]; }

# LAMMPS by a plain mpirun, and a table of its ranks: six on three hosts with names of their own.
cp -r "$root/samples/lammps-mpi" lammps
sed -i 's/^pool_name.*//; s/^job_name: .*/job_name: lammps\npool_name: mpi/; s/LJ_T: .*/LJ_T: [3]/' lammps/study.yml
# shellcheck disable=SC2016
sed -i 's/--hostfile $DMSBATCH_HOSTFILE -np 6/-np 6 -host $AZ_BATCH_HOST_LIST/' lammps/study.yml
# shellcheck disable=SC2016
expect_line lammps/study.yml 'mpirun -np 6 -host \$AZ_BATCH_HOST_LIST -x LJ_T lmp'
expect_exit 0 "$dmsbatch" run lammps/study.yml
expect_line out '^each run: 3 hosts, 2 ranks on each$'
result lammps hosts.txt >table
cat table
expect_equal "ranks" "$(cut -d' ' -f2 table | tr '\n' ' ')" "0 1 2 3 4 5 "
expect_equal "hosts" "$(cut -d' ' -f4 table | sort -u | wc -l)" 3
expect_equal "ranks on each host" "$(cut -d' ' -f4 table | sort | uniq -c | awk '{print $1}' | sort -u)" 2
expect_line table 'on node-127-77-0-[0-9]+$'
expect_equal "processes of LAMMPS" "$(csv_column lammps/results.csv ranks)" 6
no_task_processes || fail "left: $(task_processes)"

# The same program of both implementations, compiled on every host. $DMSBATCH_MPIRUN hides the
# difference, MPICH's own words work too, and every host's files come back.
cp "$root/samples/mpi-hello/hello.c" .
more='coordination_command: mpicc.openmpi -o hello hello.c && hostname > host.txt' \
  mpi_keys=', outputs: all' outputs='host.txt' study hello <<'SH'
$DMSBATCH_MPIRUN ./hello
ssh ${AZ_BATCH_HOST_LIST##*,} hostname
SH
cp hello.c hello/
expect_exit 0 "$dmsbatch" run hello/study.yml
result hello stdout.txt >table
expect_equal "hosts of Open MPI" "$(grep -o 'rank .* on [^,]*' table | cut -d' ' -f6 | sort -u | wc -l)" 3
expect_equal "sums" "$(grep -c 'sum of all ranks 15' table)" 6
expect_equal "ssh went to the last host" "$(tail -n 1 table)" "$(result hello hosts/2/host.txt)"
expect_equal "files of hosts" "$(unzip -Z1 hello/results.zip | grep -c 'host.txt$')" 3
expect_equal "names in them" "$(unzip -p hello/results.zip '*host.txt' | sort -u | wc -l)" 3

# On machines whose mpirun is MPICH's: its own words, two ranks on each of three addresses; and
# dmsnode, which asks that mpirun what it is.
mkdir mpich-bin
printf '#!/bin/sh\nexec mpiexec.hydra "$@"\n' >mpich-bin/mpirun
chmod +x mpich-bin/mpirun
mpich="PATH=$work/mpich-bin:\$PATH"
more='coordination_command: mpicc.mpich -o hello hello.c' study mpich <<SH
$mpich
mpirun -np 6 -hosts \$AZ_BATCH_HOST_LIST ./hello | tee plain.txt
{mpirun} ./hello
SH
cp hello.c mpich/
expect_exit 0 "$dmsbatch" run mpich/study.yml
result mpich stdout.txt >table
expect_equal "sums of MPICH" "$(grep -c 'of 6 .* sum of all ranks 15' table)" 12
expect_line table 'on node-127-77-0-[0-9]+,'
expect_equal "ranks on each host of MPICH" \
  "$(head -n 6 table | grep -o 'on [^,]*' | sort | uniq -c | awk '{print $1}' | xargs)" "2 2 2"

# Every host was made ready by the job's preparation task: inputs and a large file are there once,
# whatever the runs, and each rank reads the file on its own host.
seq 200000 >tide.txt
more='shared_files: [../tide.txt]' study shared <<'SH'
$DMSBATCH_MPIRUN sh -c 'echo "$(hostname) $(sum <"$AZ_BATCH_NODE_SHARED_DIR/tide.txt") $(cat in.txt)"'
SH
sed -i 's/^outputs/sweep: {N: [1, 2]}\noutputs/' shared/study.yml
echo input >shared/in.txt
expect_exit 0 "$dmsbatch" run shared/study.yml
expect_line out '^tide.txt uploaded$'
unzip -p shared/results.zip '*/stdout.txt' | sort | uniq -c >table
expect_equal "what ranks read" "$(awk '{print $1, $3, $5}' table | sort -u)" \
  "4 $(sum <tide.txt | cut -d' ' -f1) input"
expect_equal "hosts that read" "$(wc -l <table)" 3
expect_equal "copies" "$(find "$DMSBATCH_DATA_DIR/nodes/mpi" -type f -size "$(stat -c %s tide.txt)c" | wc -l)" 3

# A rank that dies fails the task with its code, and the host is named.
study exits <<'SH'
$DMSBATCH_MPIRUN sh -c '[ $OMPI_COMM_WORLD_RANK != 3 ] || exit 7; sleep 60'
SH
expect_exit 1 "$dmsbatch" run exits/study.yml
expect_line out 'failed: run-[0-9a-f]+: exit code 7'
expect_line out 'rank 3 on node-127-77-0-[0-9]+ ended with exit code 7$'
study crashes <<'SH'
$DMSBATCH_MPIRUN sh -c '[ $OMPI_COMM_WORLD_RANK != 4 ] || kill -SEGV $$; sleep 60'
SH
expect_exit 1 "$dmsbatch" run crashes/study.yml
expect_line out 'failed: run-[0-9a-f]+: exit code 139'
expect_line out 'rank 4 on node-127-77-0-[0-9]+ ended by signal 11'
wait_until no_task_processes
study hydra <<SH
$mpich
\$DMSBATCH_MPIRUN sh -c '[ \$PMI_RANK != 2 ] || exit 9; sleep 60'
SH
expect_exit 1 "$dmsbatch" run hydra/study.yml
expect_line out 'failed: run-[0-9a-f]+: exit code 9'
expect_line out 'rank 2 on node-127-77-0-[0-9]+ ended with exit code 9$'
wait_until no_task_processes

# A plain mpirun tells the code itself.
study plain <<'SH'
mpirun -np 6 -host $AZ_BATCH_HOST_LIST sh -c '[ $OMPI_COMM_WORLD_RANK != 5 ] || exit 7; sleep 60'
SH
expect_exit 1 "$dmsbatch" run plain/study.yml
expect_line out 'failed: run-[0-9a-f]+: exit code 7'

# Ending the task leaves no process on any node, whoever started the ranks.
ending() {  # NAME: its mpi_command on stdin
  local runner
  study "$1"
  "$dmsbatch" run "$1/study.yml" >ended.out 2>&1 &
  runner=$!
  started() { find "$DMSBATCH_DATA_DIR/nodes" -path "*/$1/*" -name 'started.*' -printf '%h\n'; }
  all_started() { [ "$(started "$1" | wc -l)" = 6 ]; }
  wait_until all_started "$1"
  expect_equal "nodes with ranks" "$(started "$1" | sort -u | wc -l)" 3
  no_task_processes && fail "the ranks are not seen"
  "$dmsbatch" job delete "$1"
  wait_until no_task_processes
  wait $runner && fail "a run that was ended did not fail"
  return 0
}
ending ended <<'SH'
$DMSBATCH_MPIRUN sh -c 'touch started.$OMPI_COMM_WORLD_RANK; setsid sleep 1000 & sleep 1000'
SH
ending hydra-ended <<'SH'
mpiexec.hydra -np 6 -hosts $AZ_BATCH_HOST_LIST sh -c 'touch started.$PMI_RANK; setsid sleep 1000 & sleep 1000'
SH

# Pools on which no run would ever start are refused with the reason.
study slots <<<'true'
sed -i 's/^num_hosts/task_slots_per_node: 2\nnum_hosts/' slots/study.yml
for command in validate plan run; do
  expect_exit 1 "$dmsbatch" $command slots/study.yml
  expect_line out 'task_slots_per_node is 2.*one slot.*wait for ever'
done
study large <<<'true'
sed -i 's/ranks_per_host: 2/hosts: 4/' large/study.yml
expect_exit 1 "$dmsbatch" plan large/study.yml
expect_line out 'mpi.hosts is 4, but the pool has 3 nodes'
study larger <<<'true'
sed -i 's/^num_hosts: 3/num_hosts: 4/' larger/study.yml
expect_exit 1 "$dmsbatch" run larger/study.yml
expect_line out 'pool mpi has 3 nodes and a run needs 4'
sleepy_study sleepy 1 0
expect_exit 0 "$dmsbatch" run sleepy/study.yml
study silent <<<'true'
sed -i 's/^pool_name.*/pool_name: sleepy/' silent/study.yml
expect_exit 1 "$dmsbatch" run silent/study.yml
expect_line out 'pool sleepy was made without communication between its nodes'
