// dmsnode zip: packs results.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "node/status.h"

namespace dms::node {

enum class Missing { is_an_error, is_accepted };

struct ZipOptions {
  std::string archive;
  std::vector<std::string> patterns;                      // see node/collect.h
  std::vector<std::pair<std::string, std::string>> also;  // name in the archive, path of the file
  Missing missing = Missing::is_an_error;
  std::string comment = {};  // of the archive, at most 65,535 bytes
};

// Writes the archive with what the patterns match, in the place of an older one, in one step: under
// its name stands the old archive or the whole new one, never a part. Names are sorted; entries
// carry mode and modification time and no owner, so the same files give the same bytes. Files of
// already compressed types are stored, all others deflated; zip64 where sizes ask for it. A note
// about what was passed over goes to stderr.
// Errors: missing_output when something asked for is not in the archive (which is written with all
// the rest), usage for a pattern or name that may not be, io_error (nothing is written then).
Status zip(const ZipOptions& options);

}  // namespace dms::node
