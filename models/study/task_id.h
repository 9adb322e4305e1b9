// Ids of runs that a study asks for: `task_id: 'ptm_{RUN}_{START}'`.
//
// The id of a task is the pattern's text with its values, '-', and 8 hex digits of the digest of
// what the run is. The text says which point it is, the digest which content: a study that was
// changed never takes a task of before for its own.
//
// Pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "models/study/study.h"

namespace dms::models {

inline constexpr std::size_t pattern_digits = 8;
inline constexpr std::size_t longest_pattern_text = 64 - 1 - pattern_digits;

// Appends the text; what Batch does not take in an id becomes '_'.
void append_legal(std::string& id, std::string_view text);

// The pattern with the values in it, these made legal.
std::string pattern_text(std::string_view pattern, std::span<const std::string> names,
                         std::span<const std::string> values);

// Checks the pattern's own text: every {NAME} is known, and every other character is legal.
Status check_task_id_pattern(std::string_view pattern, std::span<const std::string> names);

// Looks at all points: no text may be empty or longer than longest_pattern_text, and no two may be
// the same, case ignored.
// Errors: invalid_argument with the point, or both points.
Status check_task_ids(std::string_view pattern, const ParameterSpace& space);

}  // namespace dms::models
