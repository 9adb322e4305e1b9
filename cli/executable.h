// Where this program and its data are.
#pragma once

#include <filesystem>
#include <string>

namespace dms::cli {

// The path of the running dmsbatch, to start it again as something else.
std::string own_executable();

// DMSBATCH_DATA_DIR, else $XDG_STATE_HOME/dmsbatch, else ~/.local/state/dmsbatch.
std::filesystem::path default_data_dir();

}  // namespace dms::cli
