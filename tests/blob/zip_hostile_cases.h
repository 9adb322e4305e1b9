// Archives that no honest program makes, and some that only look so, with what must become of each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "tests/blob/raw_zip.h"

namespace dms::blob {

struct HostileZip {
  std::string what;
  std::string bytes;
  std::optional<Code> refused;  // nothing: it is unpacked
  std::string says = {};        // in the message
  std::vector<std::string> unpacked = {};
};

std::string zip(std::vector<raw::Entry> entries);

// By what is wrong with them: names, kinds of entries, what they say of themselves, and the end of
// the archive. `outside` is a directory beside the one that they are unpacked into.
std::vector<HostileZip> hostile_names(const std::string& outside);
std::vector<HostileZip> hostile_kinds(const std::string& outside);
std::vector<HostileZip> lying_zips();
std::vector<HostileZip> hostile_ends();

}  // namespace dms::blob
