#include "cli/executable.h"

#include <cstdlib>

namespace dms::cli {

namespace fs = std::filesystem;

std::string own_executable() {
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  return error ? "dmsbatch" : path.string();
}

fs::path default_data_dir() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return value && *value ? fs::path(value) : fs::path();
  };
  if (auto dir = variable("DMSBATCH_DATA_DIR"); !dir.empty()) return dir;
  if (auto state = variable("XDG_STATE_HOME"); !state.empty()) return state / "dmsbatch";
  return variable("HOME") / ".local" / "state" / "dmsbatch";
}

}  // namespace dms::cli
