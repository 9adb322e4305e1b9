# The folders and the study come from storage into the task's own directory; the command copies
# back what it wants to keep. What fails fails the task.
set -eo pipefail
if [ -f /usr/share/Modules/init/bash ]; then
  source /usr/share/Modules/init/bash
  module load {mpi_module}
fi
export SCHISM_SCRIPTS_HOME=$AZ_BATCH_APP_PACKAGE_batch_setup
export BAY_DELTA_SCHISM_HOME=$AZ_BATCH_APP_PACKAGE_baydeltaschism
for package in ${{!AZ_BATCH_APP_PACKAGE_schimpy_with_deps*}}; do source "${{!package}}/bin/activate"; break; done
for package in ${{!AZ_BATCH_APP_PACKAGE_schism_with_deps*}}; do source "${{!package}}/schism/setup_paths.sh"; break; done
container="{storage_container_url}"
sas='{sas}'
study="{study_dir}"
for folder in {setup_dirs}; do
  mkdir -p "$(dirname "$folder")"
  azcopy copy {setup_dirs_copy_flags} "$container/$folder?$sas" "$(dirname "$folder")"
done
mkdir -p "$(dirname "$study")"
azcopy copy {study_copy_flags} "$container/$study?$sas" "$(dirname "$study")"
mkdir -p "$study/outputs"
cd "$study"
{app_pkgs_script}
{main_command}
for job in $(jobs -p); do wait "$job"; done
