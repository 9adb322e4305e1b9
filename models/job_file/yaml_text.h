// YAML written: values as text that parse_yaml reads back as the same.
//
// Pure functions without state.
#pragma once

#include <string>
#include <string_view>

#include "models/study/yaml.h"

namespace dms::models {

// In one line: {range: [1, 20]}, plain, "with quotes".
std::string yaml_text(const YamlNode& value);
std::string yaml_text(std::string_view text);
// A text over several lines, as a block behind "key: ", indented by two blanks.
std::string yaml_block(std::string_view text);

}  // namespace dms::models
