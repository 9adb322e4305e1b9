#!/usr/bin/env bash
# A folder of bad studies: validate says what is wrong with each, all of it, and needs no service.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"

cp -r "$root/tests/e2e/bad-studies" studies
cd studies

# Each study holds the lines that are expected of it, as comments: "#! line".
count=0
for study in *.yml; do
  sed -n 's/^#! //p' "$study" | sort >expected
  [ -s expected ] || fail "$study expects nothing"
  expect_exit 1 "$dmsbatch" validate "$study"
  sort out | diff expected - || fail "$study: the messages above (>) are not those expected (<)"
  expect_exit 1 "$dmsbatch" run "$study"
  sort out | diff expected - || fail "$study: run says something else than validate"
  count=$((count + 1))
done
[ $count -ge 12 ] || fail "only $count studies were looked at"
[ ! -e "$DMSBATCH_DATA_DIR" ] || fail "the service was started"
echo "ok"
