#!/usr/bin/env bash
# The shallow-water sample gives the same to the last digit on 1, 2, 3 and 6 processes, and something
# else for another dam.
#
#   same_on_any_ranks.sh PROGRAM MPIEXEC
set -euo pipefail
program=$1 mpiexec=$2
work=$(mktemp -d)
# shellcheck disable=SC2064
trap "rm -rf '$work'" EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_rmaps_base_oversubscribe=1

run() {  # RANKS FOLDER
  mkdir "$work/$2"
  (cd "$work/$2" && "$mpiexec" -n "$1" "$program" 60 50 3 >out)
}
for ranks in 1 2 3 6; do run $ranks $ranks; done
for ranks in 2 3 6; do
  cmp "$work/1/result.txt" "$work/$ranks/result.txt"
  cmp "$work/1/depth.pgm" "$work/$ranks/depth.pgm"
done
[ "$(grep -c '^rank . of 6 ' "$work/6/out")" = 6 ] || { echo "there were no 6 processes"; exit 1; }
grep -Eq '^checksum [0-9a-f]{16}$' "$work/1/result.txt" || { echo "no checksum"; exit 1; }
DAM=3 run 2 other
! cmp -s "$work/1/result.txt" "$work/other/result.txt" || { echo "the dam makes no difference"; exit 1; }
