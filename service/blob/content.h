// The bytes of blobs and blocks: one file each, named at random, never changed once finished.
//
// An upload is written to a temporary file and gets its name only when it is whole and on disk;
// what the index does not refer to is removed at the next start. Thread-safe; an upload belongs to
// one request.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/crypto.h"
#include "core/file.h"
#include "service/exchange.h"

namespace dms::service {

class ContentUpload final : public Upload {
 public:
  // Creates DIR/tmp/<random>.
  static Result<std::unique_ptr<ContentUpload>> create(const std::filesystem::path& directory);
  ~ContentUpload() override;  // removes what was not finished

  // Errors: exhausted with InsufficientStorage when the disk is full.
  Status write(std::span<const char> bytes) override;

  // Makes the content durable under its final name and gives the name. Errors: as write.
  Result<std::string> finish();
  std::uint64_t size() const { return size_; }
  // Raw MD5 of what was written. Requires: called once, after the last write.
  std::string md5() { return md5_.finish(); }

 private:
  Status make_durable();
  ContentUpload(std::filesystem::path directory, std::string name, UniqueFd fd)
      : directory_(std::move(directory)), name_(std::move(name)), fd_(std::move(fd)) {}

  std::filesystem::path temporary() const { return directory_ / "tmp" / name_; }

  const std::filesystem::path directory_;
  const std::string name_;
  UniqueFd fd_;
  Md5 md5_;
  std::uint64_t size_ = 0;
  bool finished_ = false;
};

class Content {
 public:
  // Makes the directory. Errors: those of the file system.
  static Result<Content> open(std::filesystem::path directory);

  Result<std::unique_ptr<ContentUpload>> upload() const {
    return ContentUpload::create(directory_);
  }
  std::filesystem::path path(const std::string& name) const {
    return directory_ / name.substr(0, 2) / name;
  }
  void remove(const std::string& name) const;
  // Opens files of the content: what is removed from then on is still read whole.
  // Errors: not_found when one is gone already; exhausted when there are no descriptors left.
  static Status open_files(std::vector<FileRange>& ranges);
  // The same bytes under new names, durable; no byte is copied. All or nothing.
  // Errors: not_found when one is not there any more; those of the file system.
  Result<std::vector<std::string>> clone(const std::vector<std::string>& names) const;
  // Removes every file whose name is not in `used`, and unfinished uploads. For the start, before
  // any request.
  void sweep(const std::set<std::string>& used) const;

 private:
  explicit Content(std::filesystem::path directory) : directory_(std::move(directory)) {}
  std::filesystem::path directory_;
};

}  // namespace dms::service
