// Paths that come from outside, and the directories on the way to them.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dms::agent {

// The parts of a path that stays below the place where it is put: relative, without "..", not
// empty. Errors: invalid_argument for any other path; the message names it.
Result<std::vector<std::string>> parts_below(std::string_view path);

// Makes a directory and those above it; one that exists is as good. `mode` is for new ones, less
// the umask. Errors: fail_errno's.
Status make_directories(const std::string& path, mode_t mode = 0755);

// "a/b" of "a/b/c", "." of "c", "/" of "/c".
std::string directory_of(const std::string& path);

}  // namespace dms::agent
