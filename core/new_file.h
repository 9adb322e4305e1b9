// A file that is written piece by piece and appears under its name only when it is whole.
//
// Objects belong to one thread at a time.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/file.h"
#include "core/result.h"

namespace dms {

class NewFile {
 public:
  // Creates "<place>.<random>". Errors: those of open(2).
  static Result<NewFile> create(std::filesystem::path place, mode_t mode = 0666);
  NewFile(NewFile&&) = default;
  ~NewFile();  // removes what was not finished

  // Collects small pieces. Errors: those of write(2).
  Status write(std::string_view bytes);
  // What holds when finish() returns: every program sees the whole file; a crash of the machine,
  // too, leaves it or the older one, and it is on disk.
  enum class Reach { programs, disk };
  // Writes what is collected and moves the file to its place, over an older one.
  Status finish(Reach reach = Reach::disk);

 private:
  NewFile(std::filesystem::path place, std::string path, UniqueFd fd)
      : place_(std::move(place)), path_(std::move(path)), fd_(std::move(fd)) {}
  Status flush();

  std::filesystem::path place_;
  std::string path_;
  UniqueFd fd_;
  std::string collected_;
};

}  // namespace dms
