// Private to the reading of studies: maps whose keys are rows of a table.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "models/study/reader.h"

namespace dms::models {

// One key of a map and the function that reads its value into a `Part` of the study; `what`, the
// key with those above it ("workers.count"), begins messages.
template <class Part>
struct StudyKey {
  std::string_view name;
  Status (*read)(const StudyReader& reader, const std::string& what, const YamlNode& node,
                 Part& part);
};

// Reads the map that stands under `what`. Errors: those of the readers, and an unknown key.
template <class Part, std::size_t count>
Status read_keys(const StudyReader& reader, const std::string& what, const YamlNode& map,
                 const std::array<StudyKey<Part>, count>& keys, Part& part) {
  std::array<std::string_view, count> names;
  for (std::size_t at = 0; at < count; ++at) names[at] = keys[at].name;
  for (const YamlEntry& entry : map.entries) {
    const auto key = std::find_if(keys.begin(), keys.end(),
                                  [&](const auto& known) { return known.name == entry.key; });
    if (key == keys.end()) return reader.unknown_key(entry, names);
    DMS_CHECK(key->read(reader, what + "." + entry.key, entry.value, part));
  }
  return ok();
}

}  // namespace dms::models
