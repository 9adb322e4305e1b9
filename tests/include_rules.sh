#!/usr/bin/env bash
# Holds the table of who may include whom, and fails with file:line and the rule for every include
# that breaks it.
#
#   tests/include_rules.sh [ROOT]         checks the tree (this one when no root is named)
#   tests/include_rules.sh --self-test    checks that each kind of violation is found
set -euo pipefail

# FOLDER and what it may include besides itself: prefixes of paths from the root. A folder that is
# not here may not be included by anybody.
table='
core
node     mpi/ core/plain_words.h
batch    core/
blob     core/
pools    core/ batch/wire batch/directives.h
mpi
agent    core/ blob/ batch/wire mpi/
service  core/ batch/wire batch/operations.h batch/local_operations.h batch/errors.h blob/wire blob/operations.h blob/errors.h blob/sas.h blob/xml.h agent/protocol.h agent/frame_socket.h agent/peers.h
models   core/ batch/ blob/ pools/ mpi/ node/template_text.h
samples  core/ batch/ blob/ pools/ mpi/ models/
cli      core/ batch/ blob/ pools/ mpi/ models/ samples/ node/ agent/ service/
bench    core/ batch/ blob/ pools/ mpi/ models/ samples/ node/ agent/ service/ tests/support/
tests    core/ batch/ blob/ pools/ mpi/ models/ samples/ node/ agent/ service/ cli/
'
# What a header of ours outside tests/ may take from elsewhere: the standard library (names without
# a dot), the system, and the third-party headers named here with the one header that has them.
system_headers='^(sys|netinet|arpa|linux)/|^(fcntl|netdb|poll|pthread|signal|spawn|stdlib|unistd)\.h$'
third_party='core/codec.h nlohmann/'

# Prints file:line and the broken rule for every violation below ROOT.
violations() {  # ROOT
  local folders=()
  cd "$1"
  while read -r folder _; do
    if [ -n "$folder" ] && [ -d "$folder" ]; then folders+=("$folder"); fi
  done <<<"$table"
  { grep -rnE --include='*.h' --include='*.cpp' --exclude-dir=node_modules \
      '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' "${folders[@]}" || true; } |
    awk -v table="$table" -v system_headers="$system_headers" -v third_party="$third_party" '
      BEGIN {
        count = split(table, rows, "\n")
        for (i = 1; i <= count; i++)
          if (split(rows[i], words, " ")) {
            rule = rows[i]; sub(/^[^ ]+ */, "", rule)
            allowed[words[1]] = words[1] "/ " rule
          }
        split(third_party, pair, " ")
      }
      {
        split($0, place, ":"); file = place[1]
        quoted = $0 ~ /include[ \t]*"/
        name = $0; sub(/^.*include[ \t]*["<]/, "", name); sub(/[">].*$/, "", name)
        folder = file; sub(/\/.*/, "", folder)
        if (quoted) {
          n = split(allowed[folder], prefixes, " "); good = 0
          for (i = 1; i <= n; i++) if (index(name, prefixes[i]) == 1) good = 1
          if (!good)
            print file ":" place[2] ": \"" name "\": " folder " may include only " allowed[folder]
        } else if (file ~ /\.h$/ && folder != "tests" && name ~ /[.\/]/ && name !~ system_headers &&
                   !(file == pair[1] && index(name, pair[2]) == 1)) {
          print file ":" place[2] ": <" name ">: a third-party header belongs into a .cpp"
        }
      }'
}

self_test() {
  local root found expected
  root=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$root'" EXIT
  mkdir -p "$root"/{core,batch,blob,pools,agent,service,models,cli,samples,node,mpi,tests/core}
  good() { printf '#include %s\n' "${@:2}" >>"$root/$1"; }
  bad() { good "$@"; }

  good core/codec.h '<nlohmann/json.hpp>' '<string>' '<sys/types.h>' '"core/result.h"'
  good core/json.cpp '<nlohmann/json.hpp>' '<curl/curl.h>'
  good pools/recipe.h '"batch/wire.h"' '"batch/wire_pool.h"'
  good service/router.cpp '"batch/operations.h"' '"blob/xml.h"' '"agent/protocol.h"' '"agent/peers.h"'
  good cli/main.cpp '"service/service.h"' '"models/sweep/sweep.h"'
  good tests/core/fake.h '<gtest/gtest.h>'
  good tests/core/a.cpp '"service/service.h"' '"tests/support/fake_clock.h"'
  good node/zip.cpp '"node/zip.h"' '<archive.h>'
  good node/mpirun.cpp '"mpi/launch.h"'
  found=$(violations "$root")
  [ -z "$found" ] || { printf 'wrongly refused:\n%s\n' "$found"; return 1; }

  bad core/up.cpp '"batch/wire.h"'
  bad batch/across.cpp '"blob/client.h"'
  bad blob/across.h '"batch/wire.h"'
  bad pools/net.cpp '"batch/client.h"'
  bad agent/up.cpp '"batch/client.h"'
  bad service/client.cpp '"blob/client.h"' '"agent/agent.h"'
  bad models/embeds.cpp '"service/service.h"'
  bad samples/embeds.cpp '"service/service.h"'
  bad node/ours.cpp '"core/result.h"'
  bad mpi/ours.cpp '"core/result.h"'
  bad batch/not_from_root.cpp '"wire.h"'
  bad core/http.h '<curl/curl.h>' '<nlohmann/json.hpp>' '<zip.h>'
  found=$(violations "$root" | cut -d: -f1,2 | sort)
  expected=$(printf '%s\n' core/up.cpp:1 batch/across.cpp:1 blob/across.h:1 pools/net.cpp:1 \
    agent/up.cpp:1 service/client.cpp:1 service/client.cpp:2 models/embeds.cpp:1 \
    samples/embeds.cpp:1 node/ours.cpp:1 mpi/ours.cpp:1 batch/not_from_root.cpp:1 \
    core/http.h:1 core/http.h:2 core/http.h:3 | sort)
  [ "$found" = "$expected" ] || { diff <(echo "$expected") <(echo "$found"); return 1; }
}

if [ "${1:-}" = --self-test ]; then
  self_test
else
  found=$(violations "${1:-$(dirname "$0")/..}")
  [ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
fi
