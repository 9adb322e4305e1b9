// Templates of job files: folders of defaults and scripts, of the user's or shipped with the
// program. share/templates/README.md says what is in one.
//
// Values; const functions are safe from any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/job_file/source_text.h"
#include "models/job_file/variables.h"

namespace dms::models {

// A template with all that it extends.
struct Template {
  std::string name;
  std::vector<std::string> folders;  // its own first
  std::vector<Variable> defaults;    // those of the nearest folder first
};

class TemplateShelf {
 public:
  // `own` is the user's folder of template folders, and may be empty.
  explicit TemplateShelf(std::filesystem::path own = {}) : own_(std::move(own)) {}

  // Errors: not_found with the nearest name, and every place that was looked at; invalid_argument
  // for a default_config.yml that is wrong and for templates that extend one another in a circle.
  Result<Template> open(std::string_view name) const;

  // The nearest file of this name in the template's folders; nothing when none has it.
  std::optional<SourceText> file(const Template& of, std::string_view name) const;
  // "linux/default_config.yml", in the user's folder or of those shipped.
  std::optional<SourceText> read(std::string_view path) const;

  std::vector<std::string> names() const;

 private:
  std::filesystem::path own_;
};

// Cores of a VM size, from the table of sizes or else from its name; nothing when neither tells.
std::optional<int> cores_of(std::string_view vm_size);

}  // namespace dms::models
