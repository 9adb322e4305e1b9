// The Content-MD5 of what is here. Private to blob/.
#pragma once

#include <string>

#include "core/http.h"
#include "core/result.h"

namespace dms::blob {

// In Base64, of all that a source has.
Result<std::string> content_md5(BodySource& content);
// Errors: conflict when the file changes meanwhile; those of the file system.
Result<std::string> file_md5(const std::string& path);

}  // namespace dms::blob
