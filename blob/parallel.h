// Work that a few threads share. Private to blob/.
#pragma once

#include <functional>
#include <stop_token>

#include "core/result.h"

namespace dms::blob {

enum class Work { more, nothing_left };

// Calls `step` again and again on up to `threads` threads, this one among them, until it says to
// one of them that nothing is left. Returns when every thread is joined. The first error stops the
// rest, by the token that `step` gets, and is returned. Fewer threads do it when the system has no
// more.
// Errors: those of `step`; cancelled when `stop` is requested before nothing was left.
// Requires: `step` may be called from several threads at once.
Status in_parallel(int threads, const std::stop_token& stop,
                   const std::function<Result<Work>(const std::stop_token&)>& step);

}  // namespace dms::blob
