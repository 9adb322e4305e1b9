#!/usr/bin/env bash
# Some runs fail: the others succeed, the command says which failed and why, and ends with 1.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"

mkdir study
cat >study/study.yml <<'YAML'
job_name: fails
inputs: .
command: |
  echo "n is $N" > result.txt
  if [ "$N" = 3 ]; then
    echo "looking for the file" >&2
    echo "cannot open melt.dat" >&2
    exit 42
  fi
sweep: {N: {range: [1, 6]}}
outputs: [result.txt]
results: {n: {file: result.txt, regex: 'n is (\d+)'}}
task_slots_per_node: 2
YAML
expect_exit 1 "$dmsbatch" run study/study.yml
failed=$(grep '^3,' fails/results.csv | cut -d, -f2)
expect_line out "^failed: $failed: exit code 42"
expect_line out '\| cannot open melt.dat$'
expect_equal "last line" "$(last_line out)" \
  "6 asked = 6 stored = 6 run ≠ 5 collected (1 failed: $failed)"
expect_equal "exit codes" "$(csv_column fails/results.csv exit_code | tr '\n' ' ')" "0 0 42 0 0 0 "
# What the failed run left comes back too.
expect_equal "its stderr" "$(unzip -p fails/results.zip "$failed/stderr.txt" | tail -n 1)" \
  "cannot open melt.dat"
expect_exit 0 "$dmsbatch" task logs fails "$failed" --stderr
expect_line out '^cannot open melt.dat$'

# Known failures stay failures, quickly.
expect_exit 1 "$dmsbatch" run study/study.yml
expect_line out 'all 6 runs are done already'

# An output that is missing fails a run whose command succeeded.
cat >study/study.yml <<'YAML'
job_name: misses
command: '[ "$N" = 2 ] || echo x > result.txt'
sweep: {N: [1, 2]}
outputs: [result.txt]
YAML
expect_exit 1 "$dmsbatch" run study/study.yml
expect_line out '^failed: N-2-[0-9a-f]+: exit code 66'
expect_line out '≠ 1 collected \(1 failed: N-2-'

# What failed runs again on request, and only that.
cat >study/study.yml <<YAML
job_name: flaky
command: |
  echo "\$N" >> "$work/flaky.runs"
  [ "\$N" != 2 ] || [ -e "$work/mended" ]
  echo x > result.txt
sweep: {N: [1, 2, 3]}
outputs: [result.txt]
YAML
expect_exit 1 "$dmsbatch" run study/study.yml
touch mended
expect_exit 0 "$dmsbatch" run study/study.yml --retry-failed
expect_equal "last line" "$(last_line out)" "3 asked = 3 stored = 3 run = 3 collected"
expect_equal "runs" "$(sort flaky.runs | tr '\n' ' ')" "1 2 2 3 "

# A real model that rejects one of its parameters; it says so on stdout.
mkdir melt
cp "$root/samples/lammps-melt/in.melt" melt/
cat >melt/study.yml <<'YAML'
job_name: density
inputs: .
command: lmp -in in.melt -log log.lammps
combine: zip
sweep:
  LJ_T: {linspace: [0.5, 2.8, 24]}
  LJ_RHO: [0.7, 0.8, 0.9, 1.0, 0.7, 0.8, 0.9, 1.0, 0.7, 0.8, 0.9, -1,
           0.7, 0.8, 0.9, 1.0, 0.7, 0.8, 0.9, 1.0, 0.7, 0.8, 0.9, 1.0]
outputs: [result.txt, log.lammps]
results: {t_end: {file: result.txt, regex: 'Tend (\S+)'}}
task_slots_per_node: 2
YAML
expect_exit 1 "$dmsbatch" run melt/study.yml
rejected=$(grep ',-1,' density/results.csv | cut -d, -f3)
expect_line out "^failed: $rejected: exit code 1$"
expect_line out '\| ERROR: '
expect_equal "last line" "$(last_line out)" \
  "24 asked = 24 stored = 24 run ≠ 23 collected (1 failed: $rejected)"

# A command that does not exist.
cat >study/study.yml <<'YAML'
job_name: nothing
command: no-such-model --run
YAML
expect_exit 1 "$dmsbatch" run study/study.yml
expect_line out '^failed: run-[0-9a-f]+: exit code 127'
expect_line out 'no-such-model: command not found'
echo "ok"
