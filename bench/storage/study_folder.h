// A folder as a modeller has it: many small texts, long tables, tide files, a few pictures.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/result.h"

namespace dms::bench {

// Makes the folder with about so many bytes; the same bytes give the same content. Of it 8 % are
// texts of 20 KB, 47 % tables of 5 MB, 40 % arrays of floats of 25 MB, 5 % compressed already.
Status make_study_folder(const std::filesystem::path& folder, std::uint64_t bytes);

}  // namespace dms::bench
