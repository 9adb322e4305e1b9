// Glob patterns for one part of a path, with the rules of Azure Batch's output files: `*`, `?`,
// `[abc]`, `[a-c]`, `[!abc]`; a name that starts with "." is matched only by a pattern that does.
// Walking directories and `**` are in node/collect.h.
#pragma once

#include <string_view>

namespace dms::node {

// Whether the part has a wildcard at all.
bool has_wildcards(std::string_view pattern);

// Whether a pattern without slashes matches a whole file name. `?` and the brackets match one
// UTF-8 character; a "[" that is not closed stands for itself.
bool glob_matches(std::string_view pattern, std::string_view name);

}  // namespace dms::node
