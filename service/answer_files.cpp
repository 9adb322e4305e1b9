#include "service/answer_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

namespace dms::service {
namespace {

struct OpenFile {
  std::shared_ptr<const UniqueFd> fd;
  std::uint64_t size = 0;
};

Result<OpenFile> open_for_reading(const std::string& path) {
  DMS_TRY(UniqueFd fd, open_file(path, O_RDONLY));
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0) return fail_errno("stat " + path, errno);
  return OpenFile{std::make_shared<const UniqueFd>(std::move(fd)),
                  static_cast<std::uint64_t>(found.st_size)};
}

}  // namespace

Result<AnswerFiles> AnswerFiles::open(const std::vector<FileRange>& ranges) {
  AnswerFiles files;
  files.sources_.reserve(ranges.size());
  OpenFile file;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const FileRange& range = ranges[i];
    if (i == 0 || range.path != ranges[i - 1].path) {
      DMS_TRY(file, open_for_reading(range.path.string()));
    }
    if (range.offset > file.size || range.length > file.size - range.offset) {
      return fail(Code::corrupt,
                  fmt::format("{} has {} bytes, needed are {} from {}", range.path.string(),
                              file.size, range.length, range.offset));
    }
    files.sources_.emplace_back(file.fd, range.offset, range.length);
    files.length_ += range.length;
  }
  return files;
}

Result<std::size_t> AnswerFiles::read(std::span<char> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size() && current_ < sources_.size()) {
    DMS_TRY(const std::size_t count, sources_[current_].read(buffer.subspan(filled)));
    filled += count;
    if (count == 0) ++current_;
  }
  return filled;
}

}  // namespace dms::service
