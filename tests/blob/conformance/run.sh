#!/usr/bin/env bash
# Runs the suite for AzureBlob against a service that it starts, on loopback and with a data
# directory of its own, and stops again:
#   run.sh azurite | local [ARGUMENTS OF blob_conformance…]
# DMS_BUILD_DIR names the build (default: build), DMS_AZURITE the azurite-blob program.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
build=${DMS_BUILD_DIR:-$root/build}
azurite=${DMS_AZURITE:-$root/tests/conformance/node_modules/.bin/azurite-blob}

which=${1:-}
case $which in azurite | local) shift ;; *)
  sed -n '2,5s/^# //p' "$0" >&2
  exit 2
  ;;
esac

data=$(mktemp -d)
pid=
# Ends the service by its own id and takes its data away, however this script ends.
finish() {
  if [ -n "$pid" ]; then
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  fi
  rm -rf "$data"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

give_up() {
  echo "run.sh: $1" >&2
  cat "$data/log" >&2
  exit 1
}

# Waits until a line of the service's log matches, and prints it.
line_of_log() {  # PATTERN
  local deadline=$((SECONDS + 60))
  until grep -m 1 "$1" "$data/log"; do
    kill -0 "$pid" 2>/dev/null || return 1
    [ $SECONDS -lt $deadline ] || return 1
    read -rt 0.05 <> <(:) || true
  done
}

# The value of a key in the service's config.ini.
config() { sed -n "s/^$1 *= *//p" "$data/service/config.ini"; }

: >"$data/log"
if [ "$which" = azurite ]; then
  [ -x "$azurite" ] || give_up "$azurite is missing; scripts/setup --tests installs it"
  # The emulators' well-known account, whose key is no secret.
  DMS_BLOB_ACCOUNT=devstoreaccount1
  DMS_BLOB_KEY='Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
  DMS_BLOB_SECOND_ACCOUNT=second
  DMS_BLOB_SECOND_KEY=$(printf 'the key of the second account, 64 bytes long, which is no secret' | base64 -w0)
  accounts="$DMS_BLOB_ACCOUNT:$DMS_BLOB_KEY;$DMS_BLOB_SECOND_ACCOUNT:$DMS_BLOB_SECOND_KEY"
  AZURITE_ACCOUNTS=$accounts "$azurite" --location "$data/service" --blobHost 127.0.0.1 --blobPort 0 \
    --disableTelemetry --skipApiVersionCheck >"$data/log" 2>&1 &
  pid=$!
  listening=$(line_of_log 'successfully listen') || give_up 'azurite did not start'
  DMS_BLOB_ENDPOINT=${listening##* }/$DMS_BLOB_ACCOUNT
  DMS_BLOB_SECOND_ENDPOINT=${listening##* }/$DMS_BLOB_SECOND_ACCOUNT
else
  "$build/bin/dmsbatch" serve --data-dir "$data/service" --port 0 >"$data/log" 2>&1 &
  pid=$!
  ready=$(line_of_log '^ready ') || give_up 'the local service did not start'
  read -r _ _ DMS_BLOB_ENDPOINT _ <<<"$ready"
  DMS_BLOB_ACCOUNT=$(config _STORAGE_ACCOUNT_NAME)
  DMS_BLOB_KEY=$(config _STORAGE_ACCOUNT_KEY)
  # The account stands in the path, as it does with every service that is not Azure.
  case $DMS_BLOB_ENDPOINT in */"$DMS_BLOB_ACCOUNT" | */"$DMS_BLOB_ACCOUNT"/) ;; *)
    DMS_BLOB_ENDPOINT=${DMS_BLOB_ENDPOINT%/}/$DMS_BLOB_ACCOUNT
    ;;
  esac
  # The local service has one account.
  DMS_BLOB_SECOND_ENDPOINT=$DMS_BLOB_ENDPOINT
  DMS_BLOB_SECOND_ACCOUNT=$DMS_BLOB_ACCOUNT
  DMS_BLOB_SECOND_KEY=$DMS_BLOB_KEY
fi

export DMS_BLOB_ENDPOINT DMS_BLOB_ACCOUNT DMS_BLOB_KEY
export DMS_BLOB_SECOND_ENDPOINT DMS_BLOB_SECOND_ACCOUNT DMS_BLOB_SECOND_KEY
echo "$which at $DMS_BLOB_ENDPOINT"
"$build/bin/blob_conformance" "$@"
