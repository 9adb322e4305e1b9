#include "blob/part_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "blob/block_upload.h"
#include "core/crypto.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t identity_bytes = 32;
constexpr std::size_t longest_file_name = 255;  // of a file, on every file system of Linux

// A range's sum as it stands in the file.
struct Sum {
  RangeSum value{};
  std::array<char, 4> here{};
};
static_assert(sizeof(Sum) == 20);
constexpr std::array<char, 4> here_mark = {'h', 'e', 'r', 'e'};

// Reads as much as there is; less than asked for at the end of the file.
Result<std::size_t> read_at(int fd, std::span<char> buffer, std::uint64_t offset) {
  std::size_t got = 0;
  while (got < buffer.size()) {
    const ssize_t count =
        ::pread(fd, buffer.data() + got, buffer.size() - got, static_cast<off_t>(offset + got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("reading a partial download", errno);
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  return got;
}

// Whether the path still names the open file. A download that had it locked before may have
// published or removed it between our opening and our locking.
bool names(const fs::path& path, int fd) {
  struct stat here {
  }, there{};
  return ::fstat(fd, &here) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

Result<UniqueFd> open_locked(const fs::path& path, const fs::path& target) {
  while (true) {
    DMS_TRY(auto fd, open_file(path.string(), O_RDWR | O_CREAT | O_NOFOLLOW));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
      if (names(path, fd.get())) return fd;
    } else if (errno == EWOULDBLOCK) {
      return fail(Code::conflict,
                  fmt::format("{} is being downloaded by somebody else", target.string()));
    } else if (errno != EINTR) {
      return fail_errno("locking " + path.string(), errno);
    }
  }
}

}  // namespace

PartLayout PartLayout::of(std::string etag, std::uint64_t size_bytes, std::uint64_t wanted) {
  return {std::move(etag), size_bytes, fitting_block_bytes(size_bytes, wanted)};
}

fs::path PartFile::path_for(const fs::path& target) {
  const std::string name = target.filename().string();
  std::string part = "." + name + ".dmsbatch-part";
  if (part.size() > longest_file_name) part = "." + sha256_hex(name) + ".dmsbatch-part";
  return target.parent_path() / part;
}

PartFile::PartFile(fs::path target, PartLayout layout, UniqueFd fd)
    : target_(std::move(target)),
      path_(path_for(target_)),
      layout_(std::move(layout)),
      fd_(std::move(fd)),
      sums_((layout_.size_bytes + layout_.range_bytes - 1) / layout_.range_bytes) {}

Result<PartFile> PartFile::open(const fs::path& target, PartLayout layout) {
  DMS_TRY(auto fd, open_locked(path_for(target), target));
  PartFile part(target, std::move(layout), std::move(fd));
  DMS_CHECK(part.load());
  return part;
}

Error PartFile::failed(std::string_view doing, int error_number) const {
  return fail_errno(fmt::format("{} {}", doing, path_.string()), error_number);
}

std::string PartFile::identity() const {
  Sha256 digest;
  digest.update(fmt::format("dmsbatch part 3\n{}\n{}\n{}\n{}", layout_.etag, layout_.size_bytes,
                            layout_.range_bytes, layout_.sums == RangeSums::md5 ? "md5" : "crc32"));
  return digest.finish();
}

std::uint64_t PartFile::sum_offset(std::size_t index) const {
  return layout_.size_bytes + identity_bytes + index * sizeof(Sum);
}

Status PartFile::load() {
  std::string state(sum_offset(sums_.size()) - layout_.size_bytes, '\0');
  DMS_TRY(const std::size_t got, read_at(fd_.get(), state, layout_.size_bytes));
  if (got == state.size() && state.starts_with(identity())) {
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      Sum sum;
      std::memcpy(&sum, state.data() + identity_bytes + i * sizeof sum, sizeof sum);
      if (sum.here == here_mark) sums_[i] = sum.value;
    }
    return ok();
  }
  // Not of a new file: what was truncated to nothing is written out by ext4 in close(), which takes
  // as long as a third of the download.
  const bool is_new = got == 0 && ::lseek(fd_.get(), 0, SEEK_END) == 0;
  if (!is_new && ::ftruncate(fd_.get(), 0) != 0) return failed("emptying", errno);
  if (::ftruncate(fd_.get(), static_cast<off_t>(sum_offset(sums_.size()))) != 0)
    return failed("making room in", errno);
  return write(layout_.size_bytes, identity());
}

ByteRange PartFile::range(std::size_t index) const {
  const std::uint64_t offset = index * layout_.range_bytes;
  return {offset, std::min(layout_.range_bytes, layout_.size_bytes - offset)};
}

Status PartFile::write(std::uint64_t offset, std::span<const char> bytes) const {
  const std::lock_guard lock(*writing_);
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("writing", errno);
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return ok();
}

Status PartFile::finish(std::size_t index, const RangeSum& sum) {
  const Sum kept{sum, here_mark};
  DMS_CHECK(write(sum_offset(index), {reinterpret_cast<const char*>(&kept), sizeof kept}));
  sums_[index] = sum;
  return ok();
}

Status PartFile::read(std::uint64_t offset, std::span<char> buffer) const {
  DMS_TRY(const std::size_t got, read_at(fd_.get(), buffer, offset));
  if (got == buffer.size()) return ok();
  return fail(Code::corrupt, fmt::format("{} became shorter while it was in use", path_.string()));
}

Status PartFile::read_range(std::size_t index,
                            const std::function<void(std::span<const char>)>& take) const {
  const auto [offset, length] = range(index);
  std::vector<char> buffer(std::min<std::uint64_t>(length, 256 * 1024));
  for (std::uint64_t done = 0; done < length;) {
    const auto piece =
        std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), length - done));
    DMS_CHECK(read(offset + done, piece));
    take(piece);
    done += piece.size();
  }
  return ok();
}

Status PartFile::publish() {
  if (::ftruncate(fd_.get(), static_cast<off_t>(layout_.size_bytes)) != 0)
    return failed("ending", errno);
  if (::rename(path_.c_str(), target_.c_str()) != 0)
    return fail_errno(fmt::format("naming the download {}", target_.string()), errno);
  return ok();
}

void PartFile::discard() { ::unlink(path_.c_str()); }

}  // namespace dms::blob
