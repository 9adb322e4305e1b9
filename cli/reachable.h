// A service that can be asked without anything being started for it.
//
// One thread.
#pragma once

#include "cli/connection.h"

namespace dms::cli {

// As connect, when the service is there already: the configuration's account answers within
// seconds, or the local service runs. Errors: unavailable with the reason, else as connect.
Result<Connection> connect_if_reachable(const Invocation& invocation);

}  // namespace dms::cli
