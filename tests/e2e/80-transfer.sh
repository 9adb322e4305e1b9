#!/usr/bin/env bash
# Files into storage and back: what goes up comes down the same; a client or service that is killed
# in the middle, or a disk that is full, costs only what was not there yet. TRANSFER_MIB is the size
# of the large file, a multiple of 8 (256).
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"

mib=${TRANSFER_MIB:-256}
size=$((mib << 20))
blobs() { "$dmsbatch" blob "$@"; }
# The number of a name in the JSON of the last transfer.
number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" out; }
# Kills a process as soon as a condition holds, which must be before it ends by itself.
kill_when() {  # PID COMMAND…
  local pid=$1
  shift
  until "$@"; do
    is_alive "$pid" || fail "the transfer was over before it could be killed"
    read -rt 0.01 <> <(:) || true
  done
  kill -9 "$pid"
  wait "$pid" 2>/dev/null || true
}
expect_resumed() {  # WHAT: the last transfer moved a part of the large file, the rest was there
  local moved reused
  moved=$(number movedBytes)
  reused=$(number reusedBytes)
  expect_equal "$1: bytes in all" $((moved + reused)) "$size"
  [ "$reused" -gt 0 ] || fail "$1: everything moved again"
  echo "$1: $moved bytes moved, $reused were there"
}

# ---- a tree with everything in it ----

mkdir -p tree/deep/er tree/nothing
printf 'alpha' >tree/a.txt
printf 'beta' >'tree/deep/er/b c#%41ü+&?.txt'
: >tree/empty
printf '#!/bin/sh\n' >tree/run.sh
chmod 750 tree/run.sh
ln -s ../a.txt tree/deep/link
expect_exit 0 blobs upload tree study/tree --json
expect_equal "files up" "$(number files)" 6
expect_exit 0 blobs upload tree study/tree --json
expect_equal "unchanged files" "$(number skippedFiles)" 6
expect_exit 0 blobs download study/tree back
diff -r --no-dereference tree back || fail "the tree came back different"
expect_equal "mode" "$(stat -c %a back/run.sh)" 750
expect_equal "link" "$(readlink back/deep/link)" ../a.txt

# Patterns, a dry run, a mirror.
expect_exit 0 blobs download study/tree some --include '*.txt' --exclude deep
expect_equal "filtered" "$(ls some)" a.txt
rm tree/a.txt
expect_exit 0 blobs sync tree blob:study/tree --delete --dry-run
expect_line out '^would remove a.txt'
expect_exit 0 blobs sync tree blob:study/tree --delete
expect_line out '1 removed'
expect_exit 0 blobs sync blob:study/tree back --delete
diff -r --no-dereference tree back || fail "the mirror is different"

# One file is treated as in a directory, and patterns are about it, too.
expect_exit 0 blobs upload tree/run.sh study/one/run.sh
expect_exit 0 blobs upload tree/run.sh study/one/ --json
expect_equal "an unchanged file" "$(number skippedFiles)" 1
expect_exit 0 blobs download study/one/run.sh one.sh
expect_equal "mode of one file" "$(stat -c %a one.sh)" 750
expect_exit 0 blobs copy study/one/run.sh newly/made/ --json
expect_equal "one blob copied" "$(number files)" 1
expect_exit 0 blobs delete newly/made/run.sh --include '*.csv' --json
expect_equal "a blob that no pattern fits" "$(number removed)" 0
expect_exit 0 blobs delete newly/made/run.sh --dry-run
expect_line out '^would remove run.sh'
expect_exit 0 blobs delete newly/made/run.sh --json
expect_equal "one blob deleted" "$(number removed)" 1
expect_exit 0 blobs delete study/one/ --yes

# Copies, lists, deletions.
expect_exit 0 blobs copy study/tree other/copy
expect_exit 0 blobs download other/copy copied
diff -r --no-dereference tree copied || fail "the copy is different"
expect_exit 0 blobs list other/copy/
expect_line out 'copy/deep/$'
expect_exit 1 blobs delete other/copy/ </dev/null
expect_line out '--yes'
expect_exit 0 blobs delete other/copy/ --yes
expect_exit 0 blobs list other --flat
expect_equal "what is left" "$(cat out)" none

# A link for somebody without the key, and the policy that ends it.
status_of() {  # URL: what a GET of it is answered with
  local rest=${1#http://} host code
  host=${rest%%/*}
  exec 3<>"/dev/tcp/${host%:*}/${host#*:}"
  printf 'GET /%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "${rest#*/}" "$host" >&3
  read -r _ code _ <&3
  exec 3>&-
  echo "$code"
}
own=$("$dmsbatch" blob sas study/tree/run.sh --for 1h)
expect_equal "a link" "$(status_of "$own")" 200
expect_equal "the blob without its signature" "$(status_of "${own%%\?*}")" 401
expect_exit 0 blobs policy set study guests --permissions r --for 1h
expect_exit 0 blobs policy list study
expect_line out '^guests  *r '
guest=$("$dmsbatch" blob sas study/tree/run.sh --policy guests)
expect_equal "a link by a policy" "$(status_of "$guest")" 200
expect_exit 0 blobs policy set study guests --permissions w --for 1h
expect_equal "a link by a policy that was changed" "$(status_of "$guest")" 403
expect_exit 0 blobs policy delete study guests
expect_equal "a link by a policy that is gone" "$(status_of "$guest")" 403
expect_exit 1 blobs policy delete study guests
expect_line out "has no access policy 'guests'"
expect_exit 1 blobs sas study/tree/
expect_line out 'is a folder'

# Storage alone is enough for the blob commands, and they say what it takes.
config() { sed -n "s/^$1 *= *//p" "$DMSBATCH_DATA_DIR/config.ini"; }
{
  echo '[DEFAULT]'
  for key in _STORAGE_ACCOUNT_NAME _STORAGE_ACCOUNT_KEY _STORAGE_ACCOUNT_DOMAIN; do
    echo "$key = $(config $key)"
  done
} >storage.ini
chmod 600 storage.ini
expect_exit 0 blobs list study --flat --config storage.ini
expect_exit 1 "$dmsbatch" pool list --config storage.ini
expect_line out 'storage.ini has no _BATCH_ACCOUNT_NAME, which commands for Batch need'
grep -v _STORAGE_ACCOUNT_KEY storage.ini >keyless.ini
expect_exit 1 blobs list --config keyless.ini
expect_line out 'keyless.ini has no _STORAGE_ACCOUNT_KEY .*, which commands for storage need'

# ---- killed in the middle ----

head -c "$size" /dev/urandom >big
held_files() { find "$DMSBATCH_DATA_DIR/blobs" -type f -size +1M -not -path '*/blobs/tmp/*' "$@" | wc -l; }
takes_nothing() { [ -z "$(find "$DMSBATCH_DATA_DIR/blobs/tmp" -type f)" ]; }
holds_some() { [ "$(held_files)" -ge "$1" ]; }
"$dmsbatch" blob upload big study/big >first.out 2>&1 &
kill_when $! holds_some 3
wait_until takes_nothing
touch marker
expect_exit 0 blobs upload big study/big --json
expect_resumed "upload after a kill"
# What the client says, and what the service took since.
expect_equal "blocks sent again" "$(held_files -newer marker)" $(($(number movedBytes) >> 23))
expect_equal "blocks in storage" "$(held_files)" $(((size + (8 << 20) - 1) / (8 << 20)))

part=.down.dmsbatch-part
# The sums of ranges that are here stand behind the content and 32 bytes.
part_has_a_sum() { tail -c +$((size + 33)) $part 2>/dev/null | grep -aq here; }
"$dmsbatch" blob download study/big down >first.out 2>&1 &
kill_when $! part_has_a_sum
[ ! -e down ] || fail "a download that was killed left its file"
expect_exit 0 blobs download study/big down --json
expect_resumed "download after a kill"
cmp big down || fail "the download is different"
[ ! -e $part ] || fail "the partial file is still there"

# The service dies, too; blocks that it acknowledged are still there when it is back.
printf 'changed' | dd of=big conv=notrunc status=none
"$dmsbatch" blob delete study/big >/dev/null
"$dmsbatch" blob upload big study/big >first.out 2>&1 &
client=$!
until holds_some 3; do
  is_alive $client || fail "the upload was over before the service could be killed"
  read -rt 0.01 <> <(:) || true
done
kill -9 "$(service_pid)"
status=0
wait $client || status=$?
[ $status = 1 ] || fail "the upload to a dead service: exit code $status, expected 1"
expect_exit 0 blobs upload big study/big --json
expect_resumed "upload after the service was killed"
expect_exit 0 blobs download study/big down
cmp big down || fail "the download after the service was killed is different"

# ---- a full disk ----

# In a mount namespace of its own, on a file system that is too small at first.
full_disk() {
  mkdir small
  mount -t tmpfs -o size=$((mib / 2))m none small
  expect_exit 1 blobs download study/big small/big
  expect_line out 'No space left on device'
  expect_line out 'make room'
  [ ! -e small/big ] || fail "a full disk left a file that is not whole"
  mount -o remount,size=$((mib * 2))m small
  expect_exit 0 blobs download study/big small/big --json
  expect_resumed "download after a full disk"
  cmp big small/big || fail "the download after a full disk is different"
}
if unshare -rm true 2>/dev/null; then
  export -f full_disk blobs number fail expect_exit expect_line expect_equal expect_resumed
  export mib size
  unshare -rm bash -euo pipefail -c full_disk
else
  echo "no mount namespaces here: the full disk was left out"
fi
echo "ok"
