#include "blob/zip/pieces.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace dms::blob {
namespace {

std::string reading(const TreeEntry& entry) { return "reading " + entry.path.string(); }

Result<UniqueFd> open_entry(const TreeEntry& entry) {
  // What was a file when it was listed must not have become a link elsewhere, or a pipe that waits.
  UniqueFd fd(::open(entry.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat facts {};
  if (!fd || ::fstat(fd.get(), &facts) != 0) return fail_errno(reading(entry), errno);
  if (!S_ISREG(facts.st_mode))
    return fail(Code::conflict, reading(entry) + ": it is no longer a file");
  return fd;
}

// Up to `length` bytes at `offset`; fewer at the file's end only.
Result<std::string> read_at(const TreeEntry& entry, int fd, std::uint64_t offset,
                            std::size_t length) {
  std::string text(length, '\0');
  std::size_t got = 0;
  while (got < length) {
    const auto count =
        ::pread(fd, text.data() + got, length - got, static_cast<off_t>(offset + got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(reading(entry), errno);
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  text.resize(got);
  return text;
}

Result<std::string> read_link(const TreeEntry& entry) {
  std::error_code problem;
  const auto target = std::filesystem::read_symlink(entry.path, problem);
  if (problem) return fail_errno(reading(entry), problem.value());
  return target.string();
}

// As much of a file as it had when it was listed.
Result<std::string> read_whole(const TreeEntry& entry) {
  if (S_ISLNK(entry.mode)) return read_link(entry);
  DMS_TRY(const UniqueFd fd, open_entry(entry));
  return read_at(entry, fd.get(), 0, entry.size_bytes);
}

std::string sha256_of(std::string_view bytes) {
  Sha256 sha256;
  sha256.update(bytes);
  return sha256.finish();
}

Status compress_whole(Piece& piece, const TreeEntry& entry, Deflater& deflater) {
  piece.crc32 = crc32_of(piece.data);
  const auto sample = [&](std::uint64_t offset, std::size_t length) -> Result<std::string> {
    return piece.data.substr(std::min<std::uint64_t>(offset, piece.data.size()), length);
  };
  DMS_TRY(const bool in_vain, deflater.is_in_vain(entry.name, piece.data.size(), sample));
  if (in_vain || piece.data.empty()) return ok();
  DMS_TRY(std::string compressed, deflater.whole(piece.data));
  if (compressed.size() >= piece.data.size()) return ok();
  piece.data = std::move(compressed);
  piece.method = ZipMethod::deflated;
  return ok();
}

Status finish(Piece& piece, const TreeEntry& entry, ZipWork work, Deflater& deflater) {
  if (S_ISDIR(entry.mode)) return ok();
  if (piece.whole()) {
    DMS_TRY(piece.data, read_whole(entry));
    piece.size_bytes = piece.data.size();
    piece.sha256 = sha256_of(piece.data);
    if (work == ZipWork::compress) return compress_whole(piece, entry, deflater);
  }
  if (work == ZipWork::hash) {
    piece.data = {};
  } else if (piece.method == ZipMethod::deflated) {
    DMS_TRY(piece.data, piece.last ? deflater.whole(piece.data) : deflater.part(piece.data));
  }
  return ok();
}

}  // namespace

Status PieceReader::start(const TreeEntry& entry) {
  DMS_TRY(UniqueFd fd, open_entry(entry));
  file_ = OpenFile{};
  file_->fd = std::move(fd);
  if (work_ == ZipWork::hash) return ok();
  DMS_TRY(Deflater deflater, Deflater::create());
  const auto sample = [&](std::uint64_t offset, std::size_t length) {
    return read_at(entry, file_->fd.get(), offset, length);
  };
  DMS_TRY(const bool in_vain, deflater.is_in_vain(entry.name, entry.size_bytes, sample));
  if (in_vain) file_->method = ZipMethod::stored;
  return ok();
}

Status PieceReader::read(const TreeEntry& entry, Piece& piece) {
  piece.first = !file_;
  if (!file_) DMS_CHECK(start(entry));
  const auto length = std::min<std::uint64_t>(piece_bytes, entry.size_bytes - file_->offset);
  piece.last = file_->offset + length == entry.size_bytes;
  DMS_TRY(piece.data, read_at(entry, file_->fd.get(), file_->offset, length));
  piece.method = file_->method;
  file_->offset += length;
  file_->sha256.update(piece.data);
  file_->crc32 = crc32_of(piece.data, file_->crc32);
  piece.size_bytes = piece.data.size();
  if (!piece.last) return ok();
  piece.crc32 = file_->crc32;
  piece.sha256 = file_->sha256.finish();
  file_.reset();
  return ok();
}

std::optional<Piece> PieceReader::next() {
  if (next_ == tree_.size()) return std::nullopt;
  const TreeEntry& entry = tree_[next_];
  Piece piece{.entry = next_};
  if (entry.size_bytes > piece_bytes)
    if (Status status = read(entry, piece); !status) piece.error = std::move(status).error();
  if (piece.error) {
    next_ = tree_.size();
  } else if (piece.last) {
    ++next_;
  }
  return piece;
}

void finish_piece(Piece& piece, const TreeEntry& entry, ZipWork work, Deflater& deflater) {
  if (piece.error) return;
  if (Status status = finish(piece, entry, work, deflater); !status)
    piece.error = std::move(status).error();
}

}  // namespace dms::blob
