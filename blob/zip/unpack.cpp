// unpack_zip: nothing that an archive has no business to do.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <array>
#include <cerrno>
#include <set>

#include "blob/local_tree.h"
#include "blob/zip.h"
#include "blob/zip/handle.h"
#include "blob/zip/names.h"
#include "core/file.h"

namespace dms::blob {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t harmless_bytes = std::uint64_t{1} << 30;

struct CloseEntry {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using OpenEntry = std::unique_ptr<zip_file_t, CloseEntry>;

enum class Kind { file, directory, link };

struct Entry {
  zip_uint64_t index = 0;
  std::string path;  // clean: no "." and no '/' at the end
  Kind kind = Kind::file;
  mode_t mode = 0;
  std::uint64_t size = 0;
};

Error refuse(std::string_view name, std::string_view why) {
  return fail(Code::invalid_argument, fmt::format("the entry '{}' {}", shown_name(name), why));
}

// Splits at slashes; "." and nothing are left out.
std::vector<std::string_view> real_parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto slash = std::min(text.find('/'), text.size());
    const auto part = text.substr(0, slash);
    if (!part.empty() && part != ".") parts.push_back(part);
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  return parts;
}

Result<std::string> clean_path(std::string_view name) {
  if (const auto why = why_unsafe(name); !why.empty()) return refuse(name, why);
  std::string path;
  for (const auto part : real_parts_of(name)) path.append(path.empty() ? "" : "/").append(part);
  return path;
}

class Unpacking {
 public:
  Unpacking(const fs::path& archive, const fs::path& directory, const UnpackOptions& options)
      : archive_(archive), directory_(directory), options_(options) {}

  Status run() {
    DMS_TRY(zip_, open_zip_to_read(archive_));
    std::error_code error;
    archive_bytes_ = fs::file_size(archive_, error);
    if (error) return fail_errno("reading " + archive_.string(), error.value());
    DMS_CHECK(inspect());
    // Links last: so nothing is ever written through one.
    for (const Kind kind : {Kind::directory, Kind::file, Kind::link})
      for (const Entry& entry : entries_)
        if (entry.kind == kind) DMS_CHECK(unpack(entry));
    return ok();
  }

 private:
  Status inspect() {
    const auto count = zip_get_num_entries(zip_.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      DMS_TRY(Entry entry, read_entry_at(static_cast<zip_uint64_t>(i)));
      if (entry.path.empty() && entry.kind == Kind::directory) continue;  // "./"
      DMS_CHECK(check(entry));
      entries_.push_back(std::move(entry));
    }
    for (const Entry& entry : entries_)
      if (passes_through_other(entry))
        return refuse(entry.path, "passes through an entry that is no directory");
    return ok();
  }

  Result<Entry> read_entry_at(zip_uint64_t index) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_stat_index(zip_.get(), index, 0, &stat) != 0 ||
        zip_file_get_external_attributes(zip_.get(), index, 0, &system, &attributes) != 0)
      return zip_failure("reading " + archive_.string(), zip_);
    const std::string_view name = stat.name;
    if (stat.encryption_method != ZIP_EM_NONE) return refuse(name, "is encrypted");
    DMS_TRY(std::string path, clean_path(name));
    Entry entry{.index = index, .path = std::move(path), .size = stat.size};
    const mode_t mode = system == ZIP_OPSYS_UNIX ? attributes >> 16 : 0;
    DMS_TRY(entry.kind, kind_of(name, mode));
    entry.mode = mode & 0777;
    if (entry.mode == 0) entry.mode = 0755;
    return entry;
  }

  static Result<Kind> kind_of(std::string_view name, mode_t mode) {
    if (name.ends_with('/')) return Kind::directory;
    switch (mode & S_IFMT) {
      case 0:
      case S_IFREG: return Kind::file;
      case S_IFDIR: return Kind::directory;
      case S_IFLNK: return Kind::link;
      default: return refuse(name, "is neither file, directory nor link");
    }
  }

  Status check(const Entry& entry) {
    if (entry.path.empty()) return refuse("", "has no name");
    if ((directory_ / entry.path).native().size() > longest_path)
      return refuse(entry.path, "has a name that is too long for " + directory_.string());
    if (entry.kind == Kind::directory)
      return entry.size == 0 ? ok() : refuse(entry.path, "is a directory with content");
    if (!others_.insert(entry.path).second) return refuse(entry.path, "comes twice");
    if (entry.kind == Kind::link && entry.size > longest_path)
      return refuse(entry.path, "is a link with a target that is too long");
    bytes_ += entry.size;
    if (entry.size > options_.limit_bytes || bytes_ > options_.limit_bytes) return too_much(entry);
    if (bytes_ > harmless_bytes && bytes_ / options_.limit_ratio >= archive_bytes_)
      return fail(Code::exhausted,
                  fmt::format("with the entry '{}' {} unpacks to more than {} times its own {} "
                              "bytes, as bombs do; raise limit_ratio if it is none",
                              shown_name(entry.path), archive_.string(), options_.limit_ratio,
                              archive_bytes_));
    return ok();
  }

  Error too_much(const Entry& entry) const {
    return fail(Code::exhausted,
                fmt::format("with the entry '{}' {} unpacks to more than {} bytes",
                            shown_name(entry.path), archive_.string(), options_.limit_bytes));
  }

  bool passes_through_other(const Entry& entry) const {
    for (auto slash = entry.path.find('/'); slash != std::string::npos;
         slash = entry.path.find('/', slash + 1))
      if (others_.contains(entry.path.substr(0, slash))) return true;
    return entry.kind == Kind::directory && others_.contains(entry.path);
  }

  Status unpack(const Entry& entry) {
    if (options_.stop.stop_requested())
      return fail(Code::cancelled, "unpacking " + archive_.string() + ": cancelled");
    const fs::path path = directory_ / entry.path;
    std::error_code error;
    fs::create_directories(entry.kind == Kind::directory ? path : path.parent_path(), error);
    if (error) return fail_errno("creating the directory of " + path.string(), error.value());
    switch (entry.kind) {
      case Kind::directory: return set_mode(path, entry.mode | S_IRWXU);
      case Kind::file: return write_file(entry, path);
      case Kind::link: return make_link(entry, path);
    }
    return ok();
  }

  static Status set_mode(const fs::path& path, mode_t mode) {
    if (::chmod(path.c_str(), mode) != 0) return fail_errno("chmod " + path.string(), errno);
    return ok();
  }

  Status write_file(const Entry& entry, const fs::path& path) {
    DMS_TRY(const UniqueFd fd, open_file(path.string(), O_WRONLY | O_CREAT | O_EXCL, 0600));
    DMS_CHECK(read(entry, [&](std::string_view bytes) { return write_all(fd.get(), bytes); }));
    if (::fchmod(fd.get(), entry.mode | S_IRUSR | S_IWUSR) != 0)
      return fail_errno("chmod " + path.string(), errno);
    return ok();
  }

  Status make_link(const Entry& entry, const fs::path& path) {
    std::string target;
    DMS_CHECK(read(entry, [&](std::string_view bytes) {
      target += bytes;
      return ok();
    }));
    if (target.find('\0') != std::string::npos || !stays_inside(entry.path, target))
      return refuse(entry.path,
                    fmt::format("is a link to '{}', which may lead out of the directory",
                                shown_name(target)));
    if (::symlink(target.c_str(), path.c_str()) != 0)
      return fail_errno("linking " + path.string(), errno);
    return ok();
  }

  // Gives the entry's bytes in pieces; never more than its size. Its checksum is looked at when its
  // end is met.
  template <class Take>
  Status read(const Entry& entry, Take take) {
    const auto doing =
        fmt::format("unpacking '{}' of {}", shown_name(entry.path), archive_.string());
    const OpenEntry file(zip_fopen_index(zip_.get(), entry.index, 0));
    if (!file) return zip_failure(doing, zip_);
    for (std::uint64_t left = entry.size;;) {
      const auto count = zip_fread(file.get(), buffer_.data(), buffer_.size());
      if (count < 0) return zip_failure(doing, zip_file_get_error(file.get()));
      const auto bytes = static_cast<std::uint64_t>(count);
      if (bytes > left || (bytes == 0 && left > 0))
        return fail(Code::corrupt, doing + ": its size is not what the archive says");
      if (bytes == 0) return ok();
      left -= bytes;
      DMS_CHECK(take(std::string_view(buffer_.data(), bytes)));
      if (options_.stop.stop_requested()) return fail(Code::cancelled, doing + ": cancelled");
    }
  }

  const fs::path& archive_;
  const fs::path& directory_;
  const UnpackOptions& options_;
  Zip zip_;
  std::vector<Entry> entries_;
  std::set<std::string> others_;  // the files and links
  std::uint64_t bytes_ = 0;
  std::uint64_t archive_bytes_ = 0;
  std::array<char, 256 << 10> buffer_;
};

}  // namespace

Status unpack_zip(const fs::path& archive, const fs::path& directory,
                  const UnpackOptions& options) {
  return std::make_unique<Unpacking>(archive, directory, options)->run();
}

}  // namespace dms::blob
