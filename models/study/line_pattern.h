// A regular expression that is looked for line by line, as the columns of results are.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace re2 {
class RE2;
}

namespace dms::models {

// Syntax: RE2's, which is Perl's without backreferences and lookaround, so that the time is linear
// in the text and no pattern, however made, takes more than some megabytes. Thread-safe.
class LinePattern {
 public:
  // Errors: invalid_argument for what is no regular expression or would need too much memory.
  static Result<LinePattern> compile(const std::string& pattern);

  // The first match in any line of the text: its first group, or all of it without groups.
  std::optional<std::string> find(std::string_view text) const;

 private:
  explicit LinePattern(std::shared_ptr<const re2::RE2> pattern) : pattern_(std::move(pattern)) {}

  std::shared_ptr<const re2::RE2> pattern_;
};

}  // namespace dms::models
