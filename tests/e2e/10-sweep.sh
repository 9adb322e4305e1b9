#!/usr/bin/env bash
# The sample study from nothing to results; again, when all is known; and afresh.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"
command -v lmp >/dev/null || fail "this story needs lmp (apt-get install lammps)"

cp -r "$root/samples/lammps-melt" sample
expect_exit 0 "$dmsbatch" run sample/study.yml
expect_line out '^melt: 24 runs \(LJ_T 6 × LJ_RHO 4\) on pool melt, 1 node × 2 slots$'
expect_line out '^inputs: .*zip of [0-9.]+ (bytes|KB)$'
expect_equal "last line" "$(last_line out)" "24 asked = 24 stored = 24 run = 24 collected"

# The archive: sound, a folder per run, all outputs in each.
unzip -tq melt/results.zip >/dev/null || fail "results.zip is damaged"
expect_equal "folders" "$(unzip -Z1 melt/results.zip | cut -d/ -f1 | sort -u | wc -l)" 24
for name in result.txt log.lammps stdout.txt stderr.txt; do
  expect_equal "files $name" "$(unzip -Z1 melt/results.zip | grep -c "^[^/]*/$name\$")" 24
done

# The table: a row per run, every combination once, numbers in every cell.
expect_equal "header" "$(head -n 1 melt/results.csv)" \
  "LJ_T,LJ_RHO,task_id,exit_code,wall_seconds,t_end,pe"
expect_equal "rows" "$(tail -n +2 melt/results.csv | wc -l)" 24
expect_equal "combinations" "$(tail -n +2 melt/results.csv | cut -d, -f1,2 | sort -u | wc -l)" 24
expect_equal "exit codes" "$(csv_column melt/results.csv exit_code | sort -u)" 0
expect_equal "first row" "$(sed -n 2p melt/results.csv | cut -d, -f1,2)" "0.5,0.7"
expect_equal "last row" "$(tail -n 1 melt/results.csv | cut -d, -f1,2)" "3,1.0"
tail -n +2 melt/results.csv | grep -Evq '^([^,]+,){6}[^,]+$' && fail "an empty cell in results.csv"

# Two runs by hand give the same numbers.
by_hand() {  # LJ_T LJ_RHO
  mkdir -p "hand-$1-$2"
  (cd "hand-$1-$2" && cp ../sample/in.melt . && LJ_T=$1 LJ_RHO=$2 lmp -in in.melt >/dev/null)
  local line expected found
  line=$(cat "hand-$1-$2/result.txt")
  expected=$(sed -E 's/.*Tend (\S+) pe (\S+).*/\1,\2/' <<<"$line")
  found=$(grep "^$1,$2," melt/results.csv | cut -d, -f6,7)
  expect_equal "LJ_T=$1 LJ_RHO=$2" "$found" "$expected"
}
by_hand 0.5 0.7
by_hand 2.5 0.9

# Again: nothing runs, the same table.
cp melt/results.csv first.csv
start=$SECONDS
expect_exit 0 "$dmsbatch" run sample/study.yml
[ $((SECONDS - start)) -le 10 ] || fail "collecting known runs took $((SECONDS - start)) s"
expect_line out 'all 24 runs are done already'
expect_equal "last line" "$(last_line out)" "24 asked = 24 stored = 24 run = 24 collected"
cmp melt/results.csv first.csv || fail "the table changed"

# Into another folder, as JSON.
"$dmsbatch" run sample/study.yml --out elsewhere --json >outcome.json 2>/dev/null
expect_line outcome.json '"collected":24'
expect_equal "rows elsewhere" "$(wc -l <elsewhere/results.csv)" 25

# Afresh: everything runs again, the inputs are not sent again, the numbers stay.
expect_exit 0 "$dmsbatch" run sample/study.yml --fresh
expect_line out 'nothing uploaded'
expect_equal "last line" "$(last_line out)" "24 asked = 24 stored = 24 run = 24 collected"
expect_equal "numbers" "$(cut -d, -f1-4,6,7 melt/results.csv)" "$(cut -d, -f1-4,6,7 first.csv)"
[ "$(cut -d, -f5 melt/results.csv)" != "$(cut -d, -f5 first.csv)" ] || fail "nothing ran again"

# A larger sweep runs what is new.
sed -i 's/LJ_RHO: \[0.7, 0.8, 0.9, 1.0\]/LJ_RHO: [0.7, 0.8, 0.9, 1.0, 1.1]/' sample/study.yml
expect_exit 0 "$dmsbatch" run sample/study.yml
expect_line out '24 of 30 runs are done already'
expect_equal "last line" "$(last_line out)" "30 asked = 30 stored = 30 run = 30 collected"

# The other commands see the same.
expect_exit 0 "$dmsbatch" pool list
expect_line out '^melt '
expect_exit 0 "$dmsbatch" job show melt
expect_line out '30 succeeded, 0 failed'
expect_exit 0 "$dmsbatch" task list melt --json
expect_equal "tasks in JSON" "$(grep -c '"id":' out)" 30
task=$(csv_column melt/results.csv task_id | head -n 1)
expect_exit 0 "$dmsbatch" task logs melt "$task" --tail 1
expect_line out 'Total wall time'
expect_exit 0 "$dmsbatch" job delete melt
expect_exit 1 "$dmsbatch" task show melt "$task"
echo "ok"
