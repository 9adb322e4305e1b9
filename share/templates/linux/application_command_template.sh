# The first command that fails ends the task, and its exit code is the task's.
set -eo pipefail
{app_pkgs_script}
{main_command}
# What was left running in the background counts, too.
for job in $(jobs -p); do wait "$job"; done
