# Every node unpacks the packages and joins the shared folder.
set -eo pipefail
export SCHISM_SCRIPTS_HOME=$AZ_BATCH_APP_PACKAGE_batch_setup
unpack() {{
  if [ -n "$1" ] && [ -f "$1/$2" ]; then tar -xzf "$1/$2" -C "$1" && rm -f "$1/$2"; fi
}}
for package in ${{!AZ_BATCH_APP_PACKAGE_schimpy_with_deps*}}; do unpack "${{!package}}" schimpy.tar.gz; break; done
for package in ${{!AZ_BATCH_APP_PACKAGE_suxarray_with_deps*}}; do unpack "${{!package}}" suxarray.tar.gz; break; done
sudo -E "$SCHISM_SCRIPTS_HOME/batch/nfs_start.sh"
ln -sfn /shared/data "$AZ_BATCH_TASK_WORKING_DIR/simulations"
if [ -n "$AZ_BATCH_APP_PACKAGE_telegraf" ]; then
  (cd "$AZ_BATCH_APP_PACKAGE_telegraf" && sudo bash ./install_telegraf.sh)
fi
