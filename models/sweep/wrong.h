// What the text of a sweep gets wrong. Private to models/sweep/.
#pragma once

#include <string>
#include <utility>

#include "core/result.h"

namespace dms::models {

inline Error wrong(std::string message) { return fail(Code::invalid_argument, std::move(message)); }

}  // namespace dms::models
