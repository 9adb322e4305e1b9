// The local service as clients see it: it is there when they ask for it.
#pragma once

#include <filesystem>
#include <string>

#include "core/result.h"

namespace dms::cli {

// Makes sure that a local service with this data directory answers: finds the running one, or
// starts one in the background, and waits until it does. Returns the path of its config.ini.
// Errors: unavailable, with the service's last log lines, when it does not come up.
Result<std::string> ensure_local_service(const std::filesystem::path& data_dir);

// Whether a service with this data directory runs; it may not answer yet.
bool is_local_service_running(const std::filesystem::path& data_dir);

// Whether something answers HTTP at the address, within seconds.
bool answers_http(const std::string& base_url);

}  // namespace dms::cli
