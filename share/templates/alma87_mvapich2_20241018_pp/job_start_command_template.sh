# Unpacks the packages, once a node.
unpack() {{
  if [ -n "$1" ] && [ -f "$1/$2" ]; then tar -xzf "$1/$2" --overwrite -C "$1" && rm -f "$1/$2"; fi
}}
unpack "$AZ_BATCH_APP_PACKAGE_schimpy_with_deps" schimpy.tar.gz
for package in ${{!AZ_BATCH_APP_PACKAGE_suxarray_with_deps*}}; do
  unpack "${{!package}}" suxarray.tar.gz
  (source "${{!package}}/bin/activate" && conda-unpack)
  break
done
# bdschism needs schimpy.
if [ -n "$AZ_BATCH_APP_PACKAGE_schimpy_with_deps" ] && [ -n "$AZ_BATCH_APP_PACKAGE_baydeltaschism" ]; then
  source "$AZ_BATCH_APP_PACKAGE_schimpy_with_deps/bin/activate"
  SETUPTOOLS_SCM_PRETEND_VERSION=1.0.0 pip install -e "$AZ_BATCH_APP_PACKAGE_baydeltaschism/bdschism" --no-deps
fi
