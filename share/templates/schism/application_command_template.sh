# The study comes from storage into the folder that the nodes share, the command runs in it, and
# what it writes goes back every five minutes and once more at the end. A file leaves the node only
# when it is in storage. What fails here, the upload included, fails the task.
set -eo pipefail
if [ -f /usr/share/Modules/init/bash ]; then
  source /usr/share/Modules/init/bash
  module load {mpi_module}
fi
export SCHISM_SCRIPTS_HOME=$AZ_BATCH_APP_PACKAGE_batch_setup
export BAY_DELTA_SCHISM_HOME=$AZ_BATCH_APP_PACKAGE_baydeltaschism
for package in ${{!AZ_BATCH_APP_PACKAGE_schimpy_with_deps*}}; do source "${{!package}}/bin/activate"; break; done
for package in ${{!AZ_BATCH_APP_PACKAGE_schism_with_deps*}}; do source "${{!package}}/schism/setup_paths.sh"; break; done
ulimit -s unlimited || true

container="{storage_container_url}"
sas='{sas}'
study="{study_dir}"
cd "$AZ_BATCH_TASK_WORKING_DIR/simulations"
export SCHISM_STUDY_DIR=$PWD/$study
for folder in {setup_dirs}; do
  mkdir -p "$(dirname "$folder")"
  azcopy copy {setup_dirs_copy_flags} "$container/$folder?$sas" "$(dirname "$folder")"
done
mkdir -p "$(dirname "$study")"
azcopy copy {study_copy_flags} "$container/$study?$sas" "$(dirname "$study")"
mkdir -p "$study/outputs"
cd "$study"
tr ',' '\n' <<<"$AZ_BATCH_HOST_LIST" >hostfile

copy_back() {{
  find outputs -name '*.nc' -mmin +{delete_after_mins} -print0 >.copied
  azcopy copy "outputs/*" "$container/$study/outputs?$sas" --recursive --overwrite=ifSourceNewer || return 1
  xargs -0 -r rm -f <.copied
}}
(
  trap 'kill $(jobs -p) 2>/dev/null; exit' TERM
  while true; do
    sleep 300 &
    wait $!
    copy_back || echo "copying outputs failed: again in five minutes" >&2
  done
) &
copier=$!
finish() {{
  code=$?
  kill $(jobs -p) 2>/dev/null || true
  wait "$copier" 2>/dev/null || true
  for attempt in 1 2 3; do
    copy_back && exit "$code"
    echo "copying outputs failed ($attempt of 3)" >&2
  done
  [ "$code" != 0 ] || code=1
  exit "$code"
}}
trap finish EXIT
{app_pkgs_script}
echo "{num_cores} cores on {num_hosts} hosts"
{main_command}
# What was left running in the background counts, too: a watchdog that looks on says nothing of it.
for job in $(jobs -p); do
  [ "$job" = "$copier" ] || wait "$job"
done
