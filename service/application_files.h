// The zips of application packages: DIR/<application>/<version>.zip.
//
// An upload is written to a temporary file and gets its name only when it is whole and on disk.
// Thread-safe; an upload belongs to one request.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.h"
#include "service/exchange.h"

namespace dms::service {

class PackageUpload final : public Upload {
 public:
  // Creates DIR/tmp/<random>.
  static Result<std::unique_ptr<PackageUpload>> create(const std::filesystem::path& directory);
  ~PackageUpload() override;  // removes what was not finished

  // Errors: exhausted when the disk is full.
  Status write(std::span<const char> bytes) override;

  // Makes it durable as the version's zip, in place of what was there, and gives its path.
  // Errors: batch_error InvalidRequestBody when it is no zip; fail_errno's.
  // Requires: the names are those of an application and a version.
  Result<std::string> finish(std::string_view application, std::string_view version);

 private:
  PackageUpload(std::filesystem::path directory, std::filesystem::path temporary, UniqueFd fd)
      : directory_(std::move(directory)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

  const std::filesystem::path directory_;
  const std::filesystem::path temporary_;
  UniqueFd fd_;
  std::string head_;  // its first bytes
};

// Removes zips, and the directories that get empty; what cannot be removed is logged.
void remove_zips(const std::vector<std::string>& paths);
// Removes uploads that were not finished. For the start, before any request.
void sweep_package_uploads(const std::filesystem::path& directory);

}  // namespace dms::service
