// The folder share/templates, in the program.
#pragma once

#include <string_view>
#include <vector>

namespace dms::models {

struct ShippedFile {
  std::string_view path;  // "linux/default_config.yml"
  std::string_view text;
};

const std::vector<ShippedFile>& shipped_templates();

}  // namespace dms::models
