#!/usr/bin/env bash
# A sweep as modellers have it: rows of a file times months, derived dates, conditions, ids of a
# pattern, and an input file that is written for each run on its node.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"

mkdir -p ptm/model
printf 'run#,particle#,node\n1,5000,7\n2,4000,8\n' >ptm/locations.csv
cat >ptm/model/ptm.inp.tpl <<'TPL'
run_start {PTM_START_DATE}   # {{not}} ${a} {}
run_end   {PTM_END_DATE}
insert    {ROW}
tide      {AZ_BATCH_TASK_ID}
TPL
printf 'ptf ~\nK=~k       ~;\n' >ptm/model/pest.tpl
cat >ptm/study.yml <<'YAML'
job_name: ptm
inputs: model
command: |
  cat case_$RUN_NO/ptm.inp pest.in > result.txt
sweep:
  csv: {file: locations.csv, columns: {RUN_NO: 'run#', PARTICLES: 'particle#', NODE: node}}
  PTM_START_DATE: {dates: {from: 1990-01-01, count: 12, step: 1mo, format: '%d%b%Y', upper: true}}
  K: [0.12345678901]
where: month(PTM_START_DATE) in [1, 11]
derive:
  PTM_END_DATE: {date: PTM_START_DATE, add: 92d}
  ROW: '{NODE} {PARTICLES} 0day 1485minutes'
templates:
  - {from: ptm.inp.tpl, to: 'case_{RUN_NO}/ptm.inp'}
  - {from: pest.tpl, to: pest.in, style: tilde}
task_id: ptm_{RUN_NO}_{PTM_START_DATE}
outputs: [result.txt]
results:
  end: {file: result.txt, regex: 'run_end +(\S+)'}
  row: {file: result.txt, regex: 'insert +(.*)'}
  k: {file: result.txt, regex: 'K=(.*);'}
  start: {file: result.txt, regex: 'run_start {PTM_START_DATE}   (.*)'}
  task: {file: result.txt, regex: 'tide +(\S+)'}
YAML
expect_exit 0 "$dmsbatch" validate ptm/study.yml
expect_line out 'job ptm, 4 runs \('
expect_exit 0 "$dmsbatch" run ptm/study.yml
expect_line out '^ptm: 4 runs \(RUN_NO, PARTICLES, NODE 2 × PTM_START_DATE 12 × K 1, 4 of 24\)'
expect_equal "last line" "$(last_line out)" "4 asked = 4 stored = 4 run = 4 collected"
expect_equal "ids" "$(csv_column ptm/results.csv task_id | sed -E 's/-[0-9a-f]{8}$//' | xargs)" \
  "ptm_1_01JAN1990 ptm_1_01NOV1990 ptm_2_01JAN1990 ptm_2_01NOV1990"
expect_equal "ends" "$(csv_column ptm/results.csv end | xargs)" \
  "03APR1990 01FEB1991 03APR1990 01FEB1991"
expect_equal "rows" "$(csv_column ptm/results.csv row | sort -u | xargs -d '\n')" \
  "7 5000 0day 1485minutes 8 4000 0day 1485minutes"
expect_equal "fixed width" "$(csv_column ptm/results.csv k | sort -u)" "0.12345679"
expect_equal "what is no gap" "$(csv_column ptm/results.csv start | sort -u)" "# {not} \${a} {}"
expect_equal "Batch's variables" "$(csv_column ptm/results.csv task | xargs)" \
  "$(csv_column ptm/results.csv task_id | xargs)"

# Another template is another content: its runs are new ones under the same names.
sed -i 's/^tide/TIDE/; s/{AZ_BATCH_TASK_ID}/x/' ptm/model/ptm.inp.tpl
expect_exit 0 "$dmsbatch" plan ptm/study.yml
expect_line out '^ptm_1_01JAN1990-[0-9a-f]{8}$'
expect_no_line out "^$(csv_column ptm/results.csv task_id | head -n 1)\$"
echo "ok"
