// What happens by itself as time passes.
#pragma once

#include "service/core/state.h"

namespace dms::service {

// Ends the transitional states that have been visible long enough and runs the formulas of pools
// whose time has come. Returns whether any is left, so
// that the caller ticks again soon.
bool on_tick(Core& core, Effects& out, Timestamp now);

}  // namespace dms::service
