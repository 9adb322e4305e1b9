#include "service/answer_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

namespace dms::service {
namespace {

// How long one answer may hold a thread while its client takes all of it.
constexpr std::size_t turn_bytes = 4 << 20;

// A SIGPIPE of this thread's own making goes nowhere meanwhile; sendfile(2) has no flag for it.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    ::sigemptyset(&sigpipe_);
    ::sigaddset(&sigpipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;
  ~WithoutSigpipe() {
    if (::sigismember(&before_, SIGPIPE) == 1) return;
    const timespec at_once{};
    ::sigtimedwait(&sigpipe_, nullptr, &at_once);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t sigpipe_{}, before_{};
};

struct OpenFile {
  std::shared_ptr<const UniqueFd> fd;
  std::uint64_t size = 0;
};

Result<OpenFile> open_for_reading(const FileRange& range) {
  const std::string path = range.path.string();
  OpenFile file{.fd = range.fd};
  if (!file.fd) {
    DMS_TRY(UniqueFd fd, open_file(path, O_RDONLY));
    file.fd = std::make_shared<const UniqueFd>(std::move(fd));
  }
  struct stat found {};
  if (::fstat(file.fd->get(), &found) != 0) return fail_errno("stat " + path, errno);
  file.size = static_cast<std::uint64_t>(found.st_size);
  return file;
}

}  // namespace

Result<AnswerFiles> AnswerFiles::open(const std::vector<FileRange>& ranges) {
  AnswerFiles files;
  files.sources_.reserve(ranges.size());
  OpenFile file;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const FileRange& range = ranges[i];
    if (i == 0 || range.path != ranges[i - 1].path) {
      DMS_TRY(file, open_for_reading(range));
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

Result<AnswerFiles::Sent> AnswerFiles::send(int socket) {
  const WithoutSigpipe without_sigpipe;
  for (std::uint64_t sent = 0; sent < turn_bytes;) {
    if (current_ == sources_.size()) return Sent::all;
    DMS_TRY(const auto count, sources_[current_].send(socket, turn_bytes - sent));
    if (!count) return Sent::socket_is_full;
    if (*count == 0) ++current_;
    sent += *count;
  }
  return Sent::some;
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
