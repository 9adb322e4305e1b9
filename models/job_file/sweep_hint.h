// What to write instead of a program under task_ids.
//
// Pure functions without state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/study/yaml.h"

namespace dms::models {

// The sweep that gives the same tasks as this Python, as far as it can be told from its loops: CSV
// files, ranges, lists, dates. Else how to have the program print its list once. Several lines.
std::string sweep_instead_of(std::string_view python);

// The values of a parameter as a sweep has them: "{range: [1, 20]}" of numbers at equal distances,
// else "[1, 4, \"x\"]".
std::string sweep_values(const std::vector<YamlNode>& values);

}  // namespace dms::models
