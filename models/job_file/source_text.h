// A file's text under the name that messages use for it, and the places of its parts.
//
// Values; const functions are safe from any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "models/study/yaml.h"

namespace dms::models {

struct SourceText {
  std::string name;  // "ptm.yml"
  std::string text;
};
using SourcePtr = std::shared_ptr<const SourceText>;

// Where the byte at `offset` of a scalar's text stands in the file. `begin` is the scalar's mark.
// A text that YAML folded or unescaped is told by the scalar's own place.
Mark place_in(const SourceText& source, Mark begin, std::string_view text, std::size_t offset);

// "ptm.yml:12:7: <message>" as an invalid_argument, for the byte at `offset` of a scalar.
Error error_in(const SourceText& source, Mark begin, std::string_view text, std::size_t offset,
               std::string_view message);

}  // namespace dms::models
