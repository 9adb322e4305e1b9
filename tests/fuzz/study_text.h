// What the fuzz programs of studies and of job files share.
#pragma once

#include <algorithm>
#include <string>

#include "core/result.h"
#include "models/study/yaml.h"
#include "tests/fuzz/fuzz.h"

namespace dms::fuzz {

// "study.yml:3:9: …", with both numbers above 0.
inline void require_place(std::string_view file, const Error& error) {
  std::string_view rest = error.message;
  require(error.code == Code::invalid_argument && take_until(rest, ":") == file,
          "an error names the file", error.message);
  for (const std::string_view number : {take_until(rest, ":"), take_until(rest, ":")})
    require(std::atoi(std::string(number).c_str()) > 0, "an error names a place", error.message);
}

// Whether a file is named that is not in the folder where the fuzzer runs: nothing else is looked
// at.
inline bool looks_elsewhere(const models::YamlNode& node) {
  const auto leads_away = [](std::string_view text) {
    return text.starts_with('/') || text.find("..") != text.npos;
  };
  for (const models::YamlEntry& entry : node.entries) {
    const bool is_path = entry.key == "inputs" || entry.key == "csv" || entry.key == "file" ||
                         entry.key == "glob" || entry.key == "from" ||
                         entry.key.ends_with("_template");
    if ((is_path && leads_away(entry.value.text)) || looks_elsewhere(entry.value)) return true;
  }
  return std::any_of(node.items.begin(), node.items.end(), looks_elsewhere);
}

}  // namespace dms::fuzz
