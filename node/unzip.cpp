#include "node/unzip.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>

#include <array>
#include <cerrno>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "node/file.h"
#include "node/names.h"

namespace dms::node {
namespace {

struct FreeReader {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, FreeReader>;

struct FreeDisk {
  void operator()(archive* disk) const { archive_write_free(disk); }
};
using Disk = std::unique_ptr<archive, FreeDisk>;

std::string reason_of(archive* handle) {
  const char* const reason = archive_error_string(handle);
  return reason != nullptr ? reason : "unknown reason";
}

Status bad(const std::string& what, const std::string& why) {
  return {Exit::bad_archive, what + ": " + why};
}

// What is known of the archive so far, to judge the next entry by. Names and links are judged
// together in the end: a link may stand before or after the entries that would pass through it.
class Inspection {
 public:
  explicit Inspection(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  Status add(archive_entry* entry, const std::string& name) {
    if (archive_entry_is_encrypted(entry)) return bad(name, "is encrypted");
    if (archive_entry_hardlink(entry) != nullptr) return bad(name, "is a hard link");
    switch (archive_entry_filetype(entry)) {
      case AE_IFREG: DMS_NODE_CHECK(add_size(archive_entry_size(entry), name)); break;
      case AE_IFLNK: DMS_NODE_CHECK(add_link(archive_entry_symlink(entry), name)); break;
      case AE_IFDIR: break;
      default: return bad(name, "is neither file, directory nor link");
    }
    if (name.empty() && archive_entry_filetype(entry) != AE_IFDIR) return bad("''", "has no name");
    names_.push_back(name);
    return {};
  }

  Status finish() const {
    for (const auto& name : names_) {
      const auto is_link = [this](std::string_view parent) { return links_.contains(parent); };
      const auto link = parent_that(name, is_link);
      if (!link.empty()) return bad(name, "passes through the link " + std::string(link));
    }
    return {};
  }

 private:
  Status add_size(la_int64_t size, const std::string& name) {
    bytes_ += static_cast<std::uint64_t>(size > 0 ? size : 0);
    if (bytes_ <= max_bytes_) return {};
    return bad(name, "with it the archive unpacks to more than " + std::to_string(max_bytes_) +
                         " bytes; raise --max-bytes if that is meant");
  }

  Status add_link(const char* target, const std::string& name) {
    const std::string text = target != nullptr ? target : "";
    if (name.empty() || !link_target_inside(name, text)) {
      return bad(name, "is a link to '" + text + "', which may lead out of the directory");
    }
    links_.insert(name);
    return {};
  }

  const std::uint64_t max_bytes_;
  std::uint64_t bytes_ = 0;
  std::vector<std::string> names_;
  std::set<std::string, std::less<>> links_;
};

class Unzip {
 public:
  explicit Unzip(const UnzipOptions& options) : options_(options) {}

  Status run() {
    DMS_NODE_CHECK(open_archive());
    const bool empty = is_empty_archive();
    if (!empty) DMS_NODE_CHECK(inspect());
    DMS_NODE_CHECK(enter_directory());
    if (!empty) DMS_NODE_CHECK(extract_all());
    return options_.afterwards == Afterwards::delete_archive ? delete_archive() : Status();
  }

 private:
  Status open_archive() {
    start_ = File(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    file_ = File(open(options_.archive.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file_.is_open()) return fail_errno("opening " + options_.archive, errno);
    if (fstat(file_.fd(), &facts_) != 0) return fail_errno("reading " + options_.archive, errno);
    if (!S_ISREG(facts_.st_mode)) return bad(options_.archive, "is not a file");
    return {};
  }

  // An archive without entries is its end record alone. libarchive writes such ones, but does not
  // know them again.
  bool is_empty_archive() const {
    constexpr std::string_view end_record("PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);
    std::array<char, end_record.size() + 1> start = {};
    const auto size = pread(file_.fd(), start.data(), start.size(), 0);
    return size == static_cast<ssize_t>(end_record.size()) &&
           std::string_view(start.data(), end_record.size()) == end_record;
  }

  // The seekable reader alone: it trusts the directory at the archive's end, so that an archive
  // that was cut short is refused as a whole.
  Status open_reader(Reader& reader) {
    reader.reset(archive_read_new());
    if (lseek(file_.fd(), 0, SEEK_SET) != 0)
      return fail_errno("reading " + options_.archive, errno);
    archive_read_support_format_zip_seekable(reader.get());
    if (archive_read_open_fd(reader.get(), file_.fd(), 256 * 1024) != ARCHIVE_OK) {
      return bad(options_.archive, "is no zip archive, or was cut short");
    }
    return {};
  }

  // Calls visit(entry, name) for each entry, with its name cleaned.
  template <class Visit>
  Status each_entry(archive* reader, Visit visit) {
    for (;;) {
      archive_entry* entry = nullptr;
      const int code = archive_read_next_header(reader, &entry);
      if (code == ARCHIVE_EOF) return {};
      if (code != ARCHIVE_OK) return fail_header(reader, entry);
      const char* const name = archive_entry_pathname(entry);
      if (name == nullptr) return {Exit::bad_archive, "an entry has no readable name"};
      const auto cleaned = clean_name(name);
      if (!cleaned) return bad(name, "leads out of the directory");
      DMS_NODE_CHECK(visit(entry, *cleaned));
    }
  }

  Status fail_header(archive* reader, archive_entry* entry) {
    const char* const name = entry != nullptr ? archive_entry_pathname(entry) : nullptr;
    if (name != nullptr) return bad(name, reason_of(reader));
    return {Exit::bad_archive, reason_of(reader)};
  }

  Status inspect() {
    Reader reader;
    DMS_NODE_CHECK(open_reader(reader));
    Inspection inspection(options_.max_bytes);
    auto status = each_entry(reader.get(), [&](archive_entry* entry, const std::string& name) {
      return inspection.add(entry, name);
    });
    if (status.ok()) status = inspection.finish();
    return in_archive(status);
  }

  // Puts the archive's name before an entry's.
  Status in_archive(const Status& status) const {
    if (status.ok()) return status;
    return {status.exit(), options_.archive + ": " + status.message()};
  }

  Status enter_directory() {
    std::string path = options_.into.starts_with('/') ? "/" : "";
    for (const auto& part : path_parts(options_.into)) {
      path += part;
      if (mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) {
        return fail_errno("creating the directory " + path, errno);
      }
      path += '/';
    }
    if (chdir(options_.into.c_str()) == 0) return {};
    return fail_errno("entering the directory " + options_.into, errno);
  }

  Status extract_all() {
    Reader reader;
    DMS_NODE_CHECK(open_reader(reader));
    const Disk disk(archive_write_disk_new());
    archive_write_disk_set_options(
        disk.get(), ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                        ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
    Inspection inspection(options_.max_bytes);
    auto status = each_entry(reader.get(), [&](archive_entry* entry, const std::string& name) {
      auto judged = inspection.add(entry, name);
      if (!judged.ok() || name.empty()) return judged;
      return extract(entry, name, reader.get(), disk.get());
    });
    if (!status.ok()) return in_archive(status);
    if (archive_write_close(disk.get()) == ARCHIVE_OK) return {};
    return {Exit::io_error, "finishing " + options_.into + ": " + reason_of(disk.get())};
  }

  Status extract(archive_entry* entry, const std::string& name, archive* reader, archive* disk) {
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_perm(entry, archive_entry_perm(entry) & 0777);
    if (archive_write_header(disk, entry) != ARCHIVE_OK) {
      return {Exit::io_error, "unpacking " + name + ": " + reason_of(disk)};
    }
    const bool is_file = archive_entry_filetype(entry) == AE_IFREG;
    auto status = is_file ? copy_content(entry, name, reader, disk) : Status();
    if (archive_write_finish_entry(disk) != ARCHIVE_OK && status.ok()) {
      status = {Exit::io_error, "unpacking " + name + ": " + reason_of(disk)};
    }
    if (!status.ok() && is_file) unlink(name.c_str());
    return status;
  }

  Status copy_content(archive_entry* entry, const std::string& name, archive* reader,
                      archive* disk) {
    const la_int64_t announced = archive_entry_size(entry);
    for (;;) {
      const void* block = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int code = archive_read_data_block(reader, &block, &size, &offset);
      if (code == ARCHIVE_EOF) return {};
      if (code != ARCHIVE_OK) return bad(name, reason_of(reader));
      if (offset + static_cast<la_int64_t>(size) > announced) {
        return bad(name, "is larger than the archive says");
      }
      if (archive_write_data_block(disk, block, size, offset) < ARCHIVE_OK) {
        return {Exit::io_error, "unpacking " + name + ": " + reason_of(disk)};
      }
    }
  }

  // An entry may have taken the archive's own place; that one stays.
  Status delete_archive() {
    struct stat now = {};
    const char* const path = options_.archive.c_str();
    if (fstatat(start_.fd(), path, &now, 0) != 0 || file_id(now) != file_id(facts_)) return {};
    if (unlinkat(start_.fd(), path, 0) == 0) return {};
    return fail_errno("deleting " + options_.archive, errno);
  }

  const UnzipOptions& options_;
  File start_;  // the directory that the archive's path is relative to
  File file_;
  struct stat facts_ = {};
};

}  // namespace

Status unzip(const UnzipOptions& options) { return Unzip(options).run(); }

}  // namespace dms::node
