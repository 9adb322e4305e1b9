// libzip's archive as an owned handle, and its errors as ours. Private to blob/.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "blob/zip/layout.h"
#include "core/result.h"

struct zip;
struct zip_error;

namespace dms::blob {

struct DiscardZip {
  void operator()(struct zip* archive) const;
};
// Dropping it writes nothing.
using Zip = std::unique_ptr<struct zip, DiscardZip>;

// Errors: those of read_layout, and corrupt when libzip sees anything else in the archive.
Result<Zip> open_zip_to_read(const std::filesystem::path& path);
// Whether libzip reads the entries as read_layout does.
Status check_agreement(const Zip& archive, const std::vector<LayoutEntry>& layout);

Error zip_failure(std::string_view doing, struct zip_error* error);
Error zip_failure(std::string_view doing, const Zip& archive);

}  // namespace dms::blob
