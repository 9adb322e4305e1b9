// A file to upload that must not change meanwhile. Private to blob/.
#pragma once

#include <sys/stat.h>

#include <string>

#include "core/file.h"

namespace dms::blob {

// A whole file as a request's body. Its last bytes are given only when size and time of the last
// change are still those of the beginning; so a request that sends it never becomes whole with
// content that nobody wrote.
// Errors, of read(): conflict when it changed.
class SteadyFile final : public BodySource {
 public:
  // Errors: invalid_argument when it is not a regular file; those of the file system.
  static Result<SteadyFile> open(const std::string& path);

  std::uint64_t size() const override { return source_.size(); }
  Status rewind() override;
  Result<std::size_t> read(std::span<char> buffer) override;

 private:
  SteadyFile(std::string path, std::shared_ptr<const UniqueFd> fd, struct stat info);
  Status check() const;

  std::string path_;
  std::shared_ptr<const UniqueFd> fd_;
  struct stat info_;
  FileSource source_;
  std::uint64_t read_ = 0;
};

}  // namespace dms::blob
