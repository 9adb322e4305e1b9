#!/usr/bin/env bash
# Holds the documents to the tests that they name: `Suite.name` must stand in tests/ as a TEST, and
# `e2e NAME` as tests/e2e/NAME.sh.
#
#   tests/named_tests.sh [ROOT]    checks the tree (this one when no root is named)
set -euo pipefail

cd "${1:-$(dirname "$0")/..}"
known=$(grep -rhoE '^(TEST|TEST_F|TEST_P)\([A-Za-z0-9]+, [a-z0-9_]+' tests --include='*.cpp' |
  sed -E 's/^[A-Z_]+\(//; s/, /./')
# shellcheck disable=SC2016  # of Markdown
named=$(grep -ohE '`[A-Z][A-Za-z0-9]+\.[a-z0-9]+(_[a-z0-9]+)+`' docs/from-the-python-tool.md | tr -d '`')
# shellcheck disable=SC2016
stories=$(grep -ohE '`e2e [0-9a-z-]+`' docs/from-the-python-tool.md | tr -d '`' | cut -d' ' -f2)
status=0
[ "$(wc -l <<<"$named")" -ge 25 ] || { echo "docs/from-the-python-tool.md names hardly a test"; status=1; }
for test in $named; do
  grep -qxF "$test" <<<"$known" || { echo "there is no test $test"; status=1; }
done
for story in $stories; do
  [ -f "tests/e2e/$story.sh" ] || { echo "there is no story $story"; status=1; }
done
exit $status
