// merge_zips: many archives as one, without compressing anything again.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>

#include "blob/zip.h"
#include "blob/zip/handle.h"
#include "blob/zip/layout.h"
#include "blob/zip/names.h"
#include "core/file.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

// The one file of many that is open: parts are read one after another, and there may be more of
// them than descriptors.
class OpenPart {
 public:
  // The descriptor, or -1 with errno set.
  int open(const fs::path& path) {
    if (fd_ && path_ == path) return fd_.get();
    fd_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    path_ = path;
    return fd_.get();
  }

 private:
  fs::path path_;
  UniqueFd fd_;
};

// A part's file as libzip's source: seekable, open only while it is read. libzip owns it.
class LazyFile {
 public:
  LazyFile(std::shared_ptr<OpenPart> open, fs::path path, std::uint64_t size_bytes)
      : open_(std::move(open)), path_(std::move(path)), size_bytes_(size_bytes) {
    zip_error_init(&error_);
  }
  ~LazyFile() { zip_error_fini(&error_); }

  static zip_int64_t call(void* self, void* data, zip_uint64_t length, zip_source_cmd_t command) {
    return static_cast<LazyFile*>(self)->answer(data, length, command);
  }

 private:
  zip_int64_t answer(void* data, zip_uint64_t length, zip_source_cmd_t command) {
    switch (command) {
      case ZIP_SOURCE_OPEN: offset_ = 0; return 0;
      case ZIP_SOURCE_READ: return read({static_cast<char*>(data), length});
      case ZIP_SOURCE_CLOSE: return 0;
      case ZIP_SOURCE_STAT: return stat(static_cast<zip_stat_t*>(data));
      case ZIP_SOURCE_ERROR: return zip_error_to_data(&error_, data, length);
      case ZIP_SOURCE_FREE: delete this; return 0;
      case ZIP_SOURCE_SEEK: return seek(data, length);
      case ZIP_SOURCE_TELL: return static_cast<zip_int64_t>(offset_);
      case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                              ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, -1);
      default: return failed(ZIP_ER_OPNOTSUPP, 0);
    }
  }

  zip_int64_t failed(int code, int system) {
    zip_error_set(&error_, code, system);
    return -1;
  }

  zip_int64_t read(std::span<char> buffer) {
    const int fd = open_->open(path_);
    if (fd < 0) return failed(ZIP_ER_OPEN, errno);
    ssize_t count = 0;
    do count = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(offset_));
    while (count < 0 && errno == EINTR);
    if (count < 0) return failed(ZIP_ER_READ, errno);
    offset_ += static_cast<std::uint64_t>(count);
    return count;
  }

  zip_int64_t seek(void* data, zip_uint64_t length) {
    const auto to = zip_source_seek_compute_offset(offset_, size_bytes_, data, length, &error_);
    if (to < 0) return -1;
    offset_ = static_cast<std::uint64_t>(to);
    return 0;
  }

  zip_int64_t stat(zip_stat_t* out) {
    zip_stat_init(out);
    out->valid = ZIP_STAT_SIZE;
    out->size = size_bytes_;
    return sizeof(*out);
  }

  const std::shared_ptr<OpenPart> open_;
  const fs::path path_;
  const std::uint64_t size_bytes_;
  std::uint64_t offset_ = 0;
  zip_error_t error_;
};

class ScopedError {
 public:
  ScopedError() { zip_error_init(&error_); }
  ScopedError(const ScopedError&) = delete;
  ScopedError& operator=(const ScopedError&) = delete;
  ~ScopedError() { zip_error_fini(&error_); }
  zip_error_t* get() { return &error_; }

 private:
  zip_error_t error_;
};

Result<zip_source_t*> part_source(const ZipPart& part, const std::shared_ptr<OpenPart>& open) {
  ScopedError error;
  zip_source_t* source = nullptr;
  if (const auto* bytes = std::get_if<std::string>(&part.archive)) {
    source = zip_source_buffer_create(bytes->data(), bytes->size(), 0, error.get());
  } else {
    const auto& path = std::get<fs::path>(part.archive);
    std::error_code problem;
    const auto size = fs::file_size(path, problem);
    if (problem) return fail_errno("reading " + path.string(), problem.value());
    auto file = std::make_unique<LazyFile>(open, path, size);
    source = zip_source_function_create(&LazyFile::call, file.get(), error.get());
    if (source != nullptr) file.release();
  }
  if (source == nullptr) return zip_failure("reading a part", error.get());
  return source;
}

Result<std::vector<LayoutEntry>> layout_of(const ZipPart& part,
                                           const std::shared_ptr<OpenPart>& open) {
  if (const auto* text = std::get_if<std::string>(&part.archive))
    return read_layout(bytes_of_text(*text));
  const auto& path = std::get<fs::path>(part.archive);
  const int fd = open->open(path);
  if (fd < 0) return fail_errno("opening it", errno);
  DMS_TRY(const ZipBytes bytes, bytes_of_file(path.string(), fd));
  return read_layout(bytes);
}

Result<Zip> open_sound_part(const ZipPart& part, const std::shared_ptr<OpenPart>& open) {
  DMS_TRY(const auto layout, layout_of(part, open));
  DMS_TRY(auto* source, part_source(part, open));
  ScopedError error;
  Zip archive(zip_open_from_source(source, ZIP_RDONLY, error.get()));
  if (!archive) {
    zip_source_free(source);
    return zip_failure("libzip", error.get());
  }
  DMS_CHECK(check_agreement(archive, layout));
  return archive;
}

Result<Zip> open_part(const ZipPart& part, const std::shared_ptr<OpenPart>& open) {
  const auto* path = std::get_if<fs::path>(&part.archive);
  return open_sound_part(part, open)
      .context(fmt::format("reading the part {}", path != nullptr ? path->string() : part.folder));
}

// Adds the entry without looking into its data.
Status copy_entry(const Zip& to, const Zip& from, zip_uint64_t index, const std::string& folder) {
  zip_t* output = to.get();
  zip_t* input = from.get();
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat_index(input, index, 0, &stat) != 0) return zip_failure("reading an entry", from);
  const std::string name = stat.name;
  if (const auto why = why_unsafe(name); !why.empty())
    return fail(Code::invalid_argument, fmt::format("the entry '{}' {}", shown_name(name), why));
  if (stat.encryption_method != ZIP_EM_NONE)
    return fail(Code::invalid_argument,
                fmt::format("the entry '{}' is encrypted", shown_name(name)));
  const std::string placed = folder.empty() ? name : folder + "/" + name;
  const auto doing = fmt::format("adding '{}'", shown_name(placed));
  zip_int64_t added = -1;
  if (name.back() == '/') {
    added = zip_dir_add(output, placed.c_str(), ZIP_FL_ENC_GUESS);
  } else {
    zip_source_t* source = zip_source_zip(output, input, index, ZIP_FL_COMPRESSED, 0, -1);
    if (source == nullptr) return zip_failure(doing, to);
    added = zip_file_add(output, placed.c_str(), source, ZIP_FL_ENC_GUESS);
    if (added < 0) zip_source_free(source);
  }
  if (added < 0 && zip_error_code_zip(zip_get_error(output)) == ZIP_ER_EXISTS)
    return fail(Code::invalid_argument,
                fmt::format("the name '{}' comes twice", shown_name(placed)));
  if (added < 0) return zip_failure(doing, to);
  const auto at = static_cast<zip_uint64_t>(added);
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  // With the method that the data has, libzip passes it on.
  if (zip_file_get_external_attributes(input, index, 0, &system, &attributes) != 0 ||
      zip_file_set_external_attributes(output, at, 0, system, attributes) != 0 ||
      zip_file_set_mtime(output, at, stat.mtime, 0) != 0 ||
      (name.back() != '/' &&
       zip_set_file_compression(output, at, static_cast<zip_int32_t>(stat.comp_method), 0) != 0))
    return zip_failure(doing, to);
  return ok();
}

}  // namespace

Status merge_zips(const fs::path& output, const std::vector<ZipPart>& parts) {
  // Declared first: the sources that the output reads when it is closed live in these.
  std::vector<Zip> inputs;
  const auto open = std::make_shared<OpenPart>();
  DMS_TRY(Zip zip, start_zip(output));
  for (const auto& part : parts) {
    if (const auto why = why_unsafe(part.folder); !part.folder.empty() && !why.empty())
      return fail(Code::invalid_argument, fmt::format("the folder '{}' {}", part.folder, why));
    DMS_TRY(Zip input, open_part(part, open));
    inputs.push_back(std::move(input));
    const auto count = zip_get_num_entries(inputs.back().get(), 0);
    for (zip_int64_t i = 0; i < count; ++i)
      DMS_CHECK(copy_entry(zip, inputs.back(), static_cast<zip_uint64_t>(i), part.folder));
  }
  return finish_zip(std::move(zip), output, "merging into " + output.string());
}

}  // namespace dms::blob
