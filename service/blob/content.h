// The bytes of blobs and blocks: one file each, named at random, never changed once finished.
//
// A large upload is written to a temporary file and gets its name only when it is whole and on
// disk. A small one is kept in memory until it is whole and has its file at once, but not on disk:
// the store keeps its bytes until it is (service/blob/content_journal.h). What the index does not
// refer to is removed at the next start. Thread-safe; an upload belongs to one request.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/crypto.h"
#include "core/file.h"
#include "service/blob/spare_files.h"
#include "service/exchange.h"

namespace dms::service {

// A file that has just been made, and its bytes unless they are on disk already.
struct NewContent {
  std::string file;
  std::string bytes;
};

class ContentUpload final : public Upload {
 public:
  // Up to so many bytes are small.
  static constexpr std::size_t small_bytes = 32 << 10;

  ContentUpload(std::filesystem::path directory, std::shared_ptr<SpareFiles> spares);
  ~ContentUpload() override;  // removes what was not finished

  // Errors: exhausted with InsufficientStorage when the disk is full.
  Status write(std::span<const char> bytes) override;

  // Gives the content its final name, and makes it durable when it is not small. Errors: as write.
  Result<NewContent> finish();
  std::uint64_t size() const { return size_; }
  // Raw MD5 of what was written. Requires: called once, after the last write.
  std::string md5() { return md5_.finish(); }

 private:
  Status take(std::string_view bytes);
  Status open_temporary();
  Status make_durable();
  Status write_small();

  std::filesystem::path temporary() const { return directory_ / "tmp" / name_; }

  const std::filesystem::path directory_;
  const std::shared_ptr<SpareFiles> spares_;
  const std::string name_;
  std::string small_;  // what has come while it is small
  UniqueFd fd_;        // the temporary file, once it is not
  Md5 md5_;
  std::uint64_t size_ = 0;
  bool finished_ = false;
};

class Content {
 public:
  // Makes the directory. Errors: those of the file system.
  static Result<Content> open(std::filesystem::path directory);

  std::unique_ptr<ContentUpload> upload() const {
    return std::make_unique<ContentUpload>(directory_, spares_);
  }
  std::filesystem::path path(const std::string& name) const { return path_in(directory_, name); }
  static std::filesystem::path path_in(const std::filesystem::path& directory,
                                       const std::string& name) {
    return directory / name.substr(0, 2) / name;
  }
  void remove(const std::string& name) const;
  // Writes a file that may be there already. Not durable before `flush`. Errors: those of the file
  // system.
  Status write(const std::string& name, std::string_view bytes) const;
  // Makes every file durable that has been written. Errors: as `write`.
  Status flush() const;
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
  explicit Content(std::filesystem::path directory)
      : directory_(std::move(directory)),
        spares_(std::make_shared<SpareFiles>(directory_ / "spare")) {}
  std::filesystem::path directory_;
  std::shared_ptr<SpareFiles> spares_;
};

}  // namespace dms::service
