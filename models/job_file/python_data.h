// Python that is data: what stands under task_ids in job files, read without running it.
//
//   range(1, 20)
//   tasks = [[1, '20220115'], [10, '20220215']]
//   tasks
//   [(year, month) for year in range(1923, 2016) for month in [1, 4, 7]]
//
// Numbers, texts, lists, tuples, range, list, names given before, and comprehensions without
// a condition whose elements are made of these. Nothing else is Python to this reader: no calls, no
// attributes, no arithmetic beyond + and - of whole numbers.
//
// A pure function without state.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "models/study/yaml.h"

namespace dms::models {

// Where the reader stopped, and why.
struct NotData {
  std::size_t offset = 0;  // in the text
  std::string what;        // "a function is defined here"
};

struct PythonData {
  std::vector<YamlNode> items;  // texts are quoted scalars, numbers are not
  std::optional<NotData> not_data;
};

inline constexpr std::size_t max_python_items = 1'000'000;

// The items of the last expression, which is a list, tuple or range.
PythonData read_python_data(std::string_view text);

}  // namespace dms::models
