// zip_directory: a directory as one reproducible archive.
#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "blob/zip.h"
#include "blob/zip/handle.h"
#include "core/crypto.h"
#include "core/file.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

constexpr zip_uint16_t dos_time_1980 = 0;
constexpr zip_uint16_t dos_date_1980 = (1 << 5) | 1;  // month 1, day 1 of year 0

struct Entry {
  std::string name;  // below the directory, with '/'
  fs::path path;
  mode_t mode = 0;  // as st_mode
  std::uint64_t size_bytes = 0;
  std::string sha256;  // of the content, once it was read
  int problem = 0;     // the errno that ended the reading
};

bool excluded(const std::string& name, const std::vector<std::string>& patterns) {
  const auto last = name.substr(name.rfind('/') + 1);  // npos + 1 is 0
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    if (pattern.starts_with('/')) return fnmatch(pattern.c_str() + 1, name.c_str(), 0) == 0;
    return fnmatch(pattern.c_str(), name.c_str(), 0) == 0 ||
           fnmatch(pattern.c_str(), last.c_str(), 0) == 0;
  });
}

Status collect(const fs::path& directory, const std::string& prefix, const ZipOptions& options,
               std::vector<Entry>& out) {
  std::error_code problem;
  fs::directory_iterator entries(directory, problem);
  if (problem) return fail_errno(fmt::format("reading {}", directory.string()), problem.value());
  for (; entries != fs::directory_iterator(); entries.increment(problem)) {
    Entry entry{.name = prefix + entries->path().filename().string(), .path = entries->path()};
    if (excluded(entry.name, options.exclude)) continue;
    struct stat status {};
    if (::lstat(entry.path.c_str(), &status) != 0)
      return fail_errno("reading " + entry.path.string(), errno);
    entry.mode = status.st_mode;
    entry.size_bytes = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode) && !S_ISLNK(status.st_mode))
      return fail(
          Code::invalid_argument,
          fmt::format("{} is neither file, directory nor link; exclude it", entry.path.string()));
    out.push_back(entry);
    if (S_ISDIR(status.st_mode)) DMS_CHECK(collect(entry.path, entry.name + "/", options, out));
  }
  if (problem) return fail_errno(fmt::format("reading {}", directory.string()), problem.value());
  return ok();
}

// Gives libzip an entry's content, and takes its hash and size on the way. libzip owns it.
class HashedContent {
 public:
  explicit HashedContent(Entry& entry) : entry_(entry) { zip_error_init(&error_); }
  ~HashedContent() { zip_error_fini(&error_); }

  static zip_int64_t call(void* self, void* data, zip_uint64_t length, zip_source_cmd_t command) {
    return static_cast<HashedContent*>(self)->answer(data, length, command);
  }

 private:
  zip_int64_t answer(void* data, zip_uint64_t length, zip_source_cmd_t command) {
    switch (command) {
      case ZIP_SOURCE_OPEN: return open();
      case ZIP_SOURCE_READ: return read({static_cast<char*>(data), length});
      case ZIP_SOURCE_CLOSE: fd_.reset(); return 0;
      case ZIP_SOURCE_STAT: return stat(static_cast<zip_stat_t*>(data));
      case ZIP_SOURCE_ERROR: return zip_error_to_data(&error_, data, length);
      case ZIP_SOURCE_FREE: delete this; return 0;
      case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                              -1);
      default: return failed(ZIP_ER_OPNOTSUPP, 0);
    }
  }

  zip_int64_t failed(int code, int system) {
    entry_.problem = system;
    zip_error_set(&error_, code, system);
    return -1;
  }

  zip_int64_t open() {
    sha256_ = Sha256();
    read_bytes_ = 0;
    // O_NOFOLLOW: what was a file when it was listed must not have become a link elsewhere.
    fd_.reset(::open(entry_.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    return fd_ ? 0 : failed(ZIP_ER_OPEN, errno);
  }

  zip_int64_t read(std::span<char> buffer) {
    ssize_t count = 0;
    do count = ::read(fd_.get(), buffer.data(), buffer.size());
    while (count < 0 && errno == EINTR);
    if (count < 0) return failed(ZIP_ER_READ, errno);
    const auto bytes = buffer.first(static_cast<std::size_t>(count));
    sha256_.update(bytes);
    read_bytes_ += bytes.size();
    if (bytes.empty()) {
      entry_.sha256 = sha256_.finish();
      entry_.size_bytes = read_bytes_;
    }
    return count;
  }

  zip_int64_t stat(zip_stat_t* out) {
    zip_stat_init(out);
    // Without a size libzip would prepare each entry for more than 4 GiB.
    out->valid = ZIP_STAT_SIZE;
    out->size = entry_.size_bytes;
    return sizeof(*out);
  }

  Entry& entry_;
  UniqueFd fd_;
  Sha256 sha256_;
  std::uint64_t read_bytes_ = 0;
  zip_error_t error_;
};

Result<std::string> read_link(const fs::path& path) {
  std::error_code problem;
  const auto target = fs::read_symlink(path, problem);
  if (problem) return fail_errno("reading " + path.string(), problem.value());
  return target.string();
}

// What libzip reads the entry's content from; null with the archive's error set.
Result<zip_source_t*> source_of(const Zip& archive, Entry& entry) {
  if (S_ISREG(entry.mode)) {
    auto content = std::make_unique<HashedContent>(entry);
    zip_source_t* source = zip_source_function(archive.get(), &HashedContent::call, content.get());
    if (source != nullptr) content.release();
    return source;
  }
  DMS_TRY(const std::string target, read_link(entry.path));
  entry.size_bytes = target.size();
  Sha256 sha256;
  sha256.update(target);
  entry.sha256 = sha256.finish();
  void* copy = std::malloc(std::max<std::size_t>(target.size(), 1));
  if (copy == nullptr) return fail(Code::exhausted, "out of memory");
  std::memcpy(copy, target.data(), target.size());
  zip_source_t* source = zip_source_buffer(archive.get(), copy, target.size(), 1);
  if (source == nullptr) std::free(copy);
  return source;
}

Status add_entry(const Zip& zip, Entry& entry) {
  zip_t* archive = zip.get();
  const auto doing = "zipping " + entry.path.string();
  zip_int64_t index = -1;
  if (S_ISDIR(entry.mode)) {
    index = zip_dir_add(archive, entry.name.c_str(), ZIP_FL_ENC_UTF_8);
  } else {
    DMS_TRY(auto* source, source_of(zip, entry));
    if (source != nullptr)
      index = zip_file_add(archive, entry.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0 && source != nullptr) zip_source_free(source);
  }
  if (index < 0 && zip_error_code_zip(zip_get_error(archive)) == ZIP_ER_INVAL)
    return fail(Code::invalid_argument, doing + ": the name is not UTF-8");
  if (index < 0) return zip_failure(doing, zip);
  const auto at = static_cast<zip_uint64_t>(index);
  // Permissions only: set-id bits have no business on another machine.
  entry.mode &= S_IFMT | 0777;
  constexpr zip_uint32_t dos_directory = 0x10;
  const auto attributes =
      (static_cast<zip_uint32_t>(entry.mode) << 16) | (S_ISDIR(entry.mode) ? dos_directory : 0);
  if (zip_file_set_external_attributes(archive, at, 0, ZIP_OPSYS_UNIX, attributes) != 0 ||
      zip_file_set_dostime(archive, at, dos_time_1980, dos_date_1980, 0) != 0)
    return zip_failure(doing, zip);
  return ok();
}

ZipSummary summary_of(const std::vector<Entry>& entries) {
  ZipSummary summary;
  Sha256 manifest;
  for (const auto& entry : entries) {
    // Lengths stand before what could hold anything, so that no two lists read alike.
    manifest.update(fmt::format("{:o} {} {} {} {}\n", static_cast<unsigned>(entry.mode),
                                entry.size_bytes, entry.name.size(), entry.name,
                                hex(entry.sha256)));
    if (S_ISDIR(entry.mode)) continue;
    ++summary.files;
    summary.bytes += entry.size_bytes;
  }
  summary.sha256 = hex(manifest.finish());
  return summary;
}

// The error of the file that could not be read, when that is what ended the zipping.
Error name_the_culprit(const std::vector<Entry>& entries, Error error) {
  for (const auto& entry : entries)
    if (entry.problem != 0) return fail_errno("reading " + entry.path.string(), entry.problem);
  return error;
}

}  // namespace

Result<ZipSummary> zip_directory(const fs::path& directory, const fs::path& archive,
                                 const ZipOptions& options) {
  std::vector<Entry> entries;
  if (std::error_code problem; !fs::is_directory(directory, problem)) {
    if (problem) return fail_errno("reading " + directory.string(), problem.value());
    return fail(Code::invalid_argument, directory.string() + " is not a directory");
  }
  DMS_CHECK(collect(directory, "", options, entries));
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  DMS_TRY(Zip zip, start_zip(archive));
  for (auto& entry : entries) DMS_CHECK(add_entry(zip, entry));
  const auto stopped = [](zip_t*, void* stop) {
    return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
  };
  std::stop_token stop = options.stop;
  zip_register_cancel_callback_with_state(zip.get(), stopped, nullptr, &stop);
  auto finished = finish_zip(std::move(zip), archive, "zipping " + directory.string());
  if (!finished) return name_the_culprit(entries, std::move(finished).error());
  return summary_of(entries);
}

}  // namespace dms::blob
