#include "node/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

#include "node/collect.h"
#include "node/file.h"
#include "node/utf8.h"

namespace dms::node {
namespace {

// The archive while it is written: a hidden file beside its place, removed unless it is published.
class Draft {
 public:
  Draft() = default;
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (!path_.empty()) unlink(path_.c_str());
  }

  Status open(const std::string& archive) {
    const auto slash = archive.rfind('/') + 1;  // 0 when there is none
    auto path = archive.substr(0, slash) + '.' + archive.substr(slash) + ".XXXXXX";
    file_ = File(mkostemp(path.data(), O_CLOEXEC));
    if (!file_.is_open()) return fail_errno("creating " + path, errno);
    path_ = path;
    return {};
  }

  Status publish(const std::string& archive) {
    const mode_t mask = umask(0);
    umask(mask);
    if (fchmod(file_.fd(), 0666 & ~mask) != 0) return fail_errno("finishing " + path_, errno);
    if (const int failed = file_.close()) return fail_errno("writing " + path_, failed);
    if (rename(path_.c_str(), archive.c_str()) != 0) return fail_errno("writing " + archive, errno);
    path_.clear();
    return {};
  }

  int fd() const { return file_.fd(); }

 private:
  std::string path_;
  File file_;
};

struct FreeWriter {
  void operator()(archive* writer) const { archive_write_free(writer); }
};
using Writer = std::unique_ptr<archive, FreeWriter>;

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using Entry = std::unique_ptr<archive_entry, FreeEntry>;

// libarchive's own reason ("Write error") seldom tells the system's ("No space left on device").
Status fail_writing(const std::string& what, archive* writer) {
  const char* const reason = archive_error_string(writer);
  const auto doing = "packing " + what + ": " + (reason != nullptr ? reason : "failed");
  const int error_number = archive_errno(writer);
  return error_number > 0 ? fail_errno(doing, error_number) : Status(Exit::io_error, doing);
}

// Deflating these again costs time and gains nothing.
bool is_compressed_already(std::string_view name) {
  static constexpr std::array<std::string_view, 14> endings = {
      ".7z",  ".bz2", ".docx", ".gz",   ".jpeg", ".jpg", ".mp4",
      ".npz", ".png", ".tgz",  ".xlsx", ".xz",   ".zip", ".zst"};
  return std::any_of(endings.begin(), endings.end(),
                     [name](std::string_view ending) { return name.ends_with(ending); });
}

// Copies as many bytes as the file had when its header was written: a log may still be growing.
Status copy_content(int source, const std::string& path, la_int64_t size, archive* writer) {
  std::array<char, 128 * 1024> buffer;
  while (size > 0) {
    const auto wanted = std::min<la_int64_t>(size, buffer.size());
    const auto got = read(source, buffer.data(), static_cast<std::size_t>(wanted));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("reading " + path, errno);
    if (got == 0) break;
    if (archive_write_data(writer, buffer.data(), static_cast<std::size_t>(got)) != got) {
      return fail_writing(path, writer);
    }
    size -= got;
  }
  return {};
}

// Opens a file and looks again: its size may have changed since the directory was read. Leaves
// `source` closed when the file has gone away.
Status open_source(Item& item, File& source) {
  source = File(open(item.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!source.is_open()) {
    return errno == ENOENT ? Status() : fail_errno("opening " + item.path, errno);
  }
  if (fstat(source.fd(), &item.facts) != 0) return fail_errno("looking at " + item.path, errno);
  return {};
}

Status write_item(const std::string& name, Item& item, archive* writer) {
  File source;
  if (item.kind == Item::Kind::file) {
    DMS_NODE_CHECK(open_source(item, source));
    if (!source.is_open()) {
      std::fprintf(stderr, "dmsnode: %s: skipped, it went away\n", name.c_str());
      return {};
    }
  }
  const Entry entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), as_utf8(name).c_str());
  archive_entry_set_perm(entry.get(), item.facts.st_mode & 0777);
  archive_entry_set_mtime(entry.get(), item.facts.st_mtim.tv_sec, 0);
  archive_entry_set_size(entry.get(), 0);
  switch (item.kind) {
    case Item::Kind::file:
      archive_entry_set_filetype(entry.get(), AE_IFREG);
      archive_entry_set_size(entry.get(), item.facts.st_size);
      break;
    case Item::Kind::directory: archive_entry_set_filetype(entry.get(), AE_IFDIR); break;
    case Item::Kind::link:
      archive_entry_set_filetype(entry.get(), AE_IFLNK);
      archive_entry_set_symlink(entry.get(), as_utf8(item.link_target).c_str());
      break;
  }
  const auto choose_compression = is_compressed_already(name)
                                      ? archive_write_zip_set_compression_store
                                      : archive_write_zip_set_compression_deflate;
  if (choose_compression(writer) != ARCHIVE_OK ||
      archive_write_header(writer, entry.get()) != ARCHIVE_OK) {
    return fail_writing(name, writer);
  }
  if (source.is_open()) {
    DMS_NODE_CHECK(copy_content(source.fd(), item.path, item.facts.st_size, writer));
  }
  return archive_write_finish_entry(writer) == ARCHIVE_OK ? Status() : fail_writing(name, writer);
}

Status write_items(Items& items, int fd, const std::string& archive_name) {
  const Writer writer(archive_write_new());
  archive* const raw = writer.get();
  if (archive_write_set_format_zip(raw) != ARCHIVE_OK ||
      archive_write_set_bytes_per_block(raw, 256 * 1024) != ARCHIVE_OK ||
      archive_write_set_bytes_in_last_block(raw, 1) != ARCHIVE_OK ||
      archive_write_open_fd(raw, fd) != ARCHIVE_OK) {
    return fail_writing(archive_name, raw);
  }
  for (auto& [name, item] : items) DMS_NODE_CHECK(write_item(name, item, raw));
  return archive_write_close(raw) == ARCHIVE_OK ? Status() : fail_writing(archive_name, raw);
}

// libarchive writes no comments. The end record is the last of the archive, and its last two bytes
// are the length of the comment that follows.
Status add_comment(const std::string& comment, const Draft& draft) {
  if (comment.empty()) return {};
  const off_t end = lseek(draft.fd(), 0, SEEK_END);
  const std::string tail{static_cast<char>(comment.size() & 0xff),
                         static_cast<char>(comment.size() >> 8 & 0xff)};
  const std::string bytes = tail + comment;
  const auto written = pwrite(draft.fd(), bytes.data(), bytes.size(), end - 2);
  if (written == static_cast<ssize_t>(bytes.size())) return {};
  return fail_errno("packing", written < 0 ? errno : ENOSPC);
}

Status collect(const ZipOptions& options, Collector& collector) {
  for (const auto& pattern : options.patterns) DMS_NODE_CHECK(collector.add_pattern(pattern));
  for (const auto& [name, path] : options.also) DMS_NODE_CHECK(collector.add_also(name, path));
  return collector.settle_links();
}

// The ids of the archive that is replaced, if there is one, and of the draft.
std::vector<FileId> own_files(const std::string& archive, const Draft& draft) {
  std::vector<FileId> ids;
  struct stat facts = {};
  if (fstat(draft.fd(), &facts) == 0) ids.push_back(file_id(facts));
  if (stat(archive.c_str(), &facts) == 0) ids.push_back(file_id(facts));
  return ids;
}

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "\ndmsnode: ") + line;
  return text;
}

}  // namespace

Status zip(const ZipOptions& options) {
  Draft draft;
  DMS_NODE_CHECK(draft.open(options.archive));
  Collector collector(own_files(options.archive, draft));
  DMS_NODE_CHECK(collect(options, collector));
  for (const auto& note : collector.notes()) std::fprintf(stderr, "dmsnode: %s\n", note.c_str());
  auto items = collector.take_items();
  DMS_NODE_CHECK(write_items(items, draft.fd(), options.archive));
  DMS_NODE_CHECK(add_comment(options.comment, draft));
  DMS_NODE_CHECK(draft.publish(options.archive));
  if (collector.problems().empty()) return {};
  const auto text = joined_lines(collector.problems());
  if (options.missing == Missing::is_an_error) return {Exit::missing_output, text};
  std::fprintf(stderr, "dmsnode: %s\n", text.c_str());
  return {};
}

}  // namespace dms::node
