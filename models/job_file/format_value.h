// A value as a placeholder writes it: indexed, converted and formatted as Python does.
//
// Pure functions without state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "models/study/yaml.h"

namespace dms::models {

// "[1, 'a']", "{'name': 'x'}"; a scalar as it was written.
std::string value_text(const YamlNode& value);

// The part of a list or map that the indices lead to.
// Errors: invalid_argument, saying what there is instead.
Result<const YamlNode*> part_of(const YamlNode& value, std::string_view name,
                                const std::vector<std::string>& indices);

// Errors: invalid_argument for a format that does not fit the value: {run:03d} of a text that is no
// number.
Result<std::string> format_value(const YamlNode& value, char conversion, const std::string& spec);

}  // namespace dms::models
