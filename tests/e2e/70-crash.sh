#!/usr/bin/env bash
# The service is killed 200 times at random moments, in the second half its agents too, while jobs
# with dependencies, retries and multi-instance tasks run. Nothing acknowledged is lost, nothing that
# completed runs again, every task ends as the rules say; while agents live, nothing runs once more
# than its retries tell. The first line of each half names its seed; SEED repeats one.
# shellcheck source-path=SCRIPTDIR source=lib.bash
source "$(dirname "$0")/lib.bash"

crash_story=${CRASH_STORY:-$root/build/bin/crash_story}
for agent_kills in 0 40; do
  mkdir "$work/$agent_kills"
  "$crash_story" "$dmsbatch" "$work/$agent_kills" --kills "${KILLS:-100}" \
    --agent-kills "$agent_kills" ${SEED:+--seed "$SEED"}
done
echo "ok"
