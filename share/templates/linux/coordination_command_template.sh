set -eo pipefail
echo "node $(hostname) is ready"
