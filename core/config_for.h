// Configuration files for commands that speak to one account only.
#pragma once

#include <string>
#include <string_view>

#include "core/config.h"

namespace dms {

// The accounts that a command speaks to: it needs the keys of these only. With _AUTH_MODE = aad it
// needs none of either.
enum class Accounts { both, batch, storage };

// load_config and parse_config, which ask for both. Errors: the same; a key of another account may
// be missing.
Result<Config> load_config_for(Accounts accounts, const std::string& path,
                               const Environment& environment = process_environment);
Result<Config> parse_config_for(Accounts accounts, std::string_view text, const std::string& path,
                                const Environment& environment);

}  // namespace dms
