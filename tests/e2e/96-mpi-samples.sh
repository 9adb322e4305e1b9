#!/usr/bin/env bash
# The MPI samples as their READMEs say, over three nodes: what they computed is what one process
# computes by hand.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"
for program in lmp mpicc mpicxx mpirun; do
  command -v $program >/dev/null || fail "this story needs $program (scripts/setup --tests)"
done
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
cp -r "$root/samples" samples

# Every sample is run by some story.
for sample in "$root"/samples/*/; do
  name=$(basename "$sample")
  grep -q "samples/$name\b" "$root"/tests/e2e/*.sh || [ "$name" = programs ] ||
    fail "no story runs the sample $name"
done

# Two ranks on each of three hosts, which all know the sum.
expect_exit 0 "$dmsbatch" run samples/mpi-hello/study.yml
expect_equal "sum" "$(csv_column mpi-hello/results.csv sum)" 15
unzip -p mpi-hello/results.zip '*/hosts.txt' >table
expect_equal "ranks" "$(cut -d' ' -f2 table | sort | xargs)" "0 1 2 3 4 5"
expect_equal "ranks on each host" \
  "$(grep -o ' on [^,]*' table | sort | uniq -c | awk '{print $1}' | xargs)" "2 2 2"

# LAMMPS on six processes and on one: the same melt, up to the rounding of sums over processes.
expect_exit 0 "$dmsbatch" run samples/lammps-mpi/study.yml
expect_equal "last line" "$(last_line out)" "2 asked = 2 stored = 2 run = 2 collected"
expect_equal "processes" "$(csv_column lammps-mpi/results.csv ranks | xargs)" "6 6"
for t in 1 3; do
  mkdir "hand-$t"
  (cd "hand-$t" && LJ_T=$t lmp -in ../samples/lammps-mpi/in.melt -log none >/dev/null)
  by_hand=$(sed -E 's/.*Tend (\S+) pe (\S+).*/\1 \2/' "hand-$t/result.txt")
  found=$(awk -F, -v t=$t 'NR == 1 { for (i = 1; i <= NF; ++i) at[$i] = i; next }
    $at["LJ_T"] == t { print $at["t_end"], $at["pe"] }' lammps-mpi/results.csv)
  awk -v a="$by_hand" -v b="$found" 'BEGIN { split(a, x, " "); n = split(b, y, " "); if (n != 2) exit 1
    for (i in x) { d = x[i] - y[i]; if (d * d > 1e-6 * x[i] * x[i]) exit 1 } }' ||
    fail "LJ_T=$t: six processes found '$found', one '$by_hand'"
done

# The dam break: to the last digit what one process computes.
expect_exit 0 "$dmsbatch" run samples/shallow-water/study.yml
mpicxx -std=c++20 -O2 -ffp-contract=off -o shallow_water samples/shallow-water/shallow_water.cpp
unzip -q shallow-water/results.zip -d came
for dam in 2 4; do
  mkdir "dam-$dam"
  (cd "dam-$dam" && DAM=$dam ../shallow_water 200 200 5 >out)
  cmp "dam-$dam/result.txt" came/DAM-$dam-*/result.txt || fail "DAM=$dam: another result"
  cmp "dam-$dam/depth.pgm" came/DAM-$dam-*/depth.pgm || fail "DAM=$dam: another picture"
done
expect_equal "different dams" "$(csv_column shallow-water/results.csv checksum | sort -u | wc -l)" 2
echo "ok"
