// The verbs of "dmsbatch blob" that let others at files: signatures and stored access policies.
#pragma once

#include "cli/commands.h"

namespace dms::cli {

// Adds "sas" and "policy list|set|delete" to the noun.
void add_blob_sharing(CLI::App& noun, Invocation& invocation);

}  // namespace dms::cli
