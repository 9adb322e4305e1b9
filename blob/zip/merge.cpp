// merge_zips: many archives as one, without compressing anything again.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <zip.h>

#include <algorithm>
#include <memory>
#include <unordered_set>

#include "blob/zip.h"
#include "blob/zip/format.h"
#include "blob/zip/handle.h"
#include "blob/zip/layout.h"
#include "blob/zip/names.h"
#include "core/file.h"
#include "core/new_file.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t copy_bytes = std::size_t{1} << 20;

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

// One archive while it is merged, as both readers see it.
struct OpenPart {
  UniqueFd fd;
  ZipBytes bytes;
  std::vector<LayoutEntry> layout;
  Zip zip;
};

Result<Zip> open_with_libzip(const ZipPart& part) {
  ScopedError error;
  zip_source_t* source = nullptr;
  if (const auto* text = std::get_if<std::string>(&part.archive))
    source = zip_source_buffer_create(text->data(), text->size(), 0, error.get());
  else
    source = zip_source_file_create(std::get<fs::path>(part.archive).c_str(), 0, -1, error.get());
  if (source == nullptr) return zip_failure("reading a part", error.get());
  Zip archive(zip_open_from_source(source, ZIP_RDONLY, error.get()));
  if (archive) return archive;
  zip_source_free(source);
  return zip_failure("libzip", error.get());
}

Result<OpenPart> open_sound_part(const ZipPart& part) {
  OpenPart open;
  if (const auto* text = std::get_if<std::string>(&part.archive)) {
    open.bytes = bytes_of_text(*text);
  } else {
    const std::string path = std::get<fs::path>(part.archive).string();
    DMS_TRY(open.fd, open_file(path, O_RDONLY));
    DMS_TRY(open.bytes, bytes_of_file(path, open.fd.get()));
  }
  DMS_TRY(open.layout, read_layout(open.bytes));
  DMS_TRY(open.zip, open_with_libzip(part));
  DMS_CHECK(check_agreement(open.zip, open.layout));
  return open;
}

Result<OpenPart> open_part(const ZipPart& part) {
  const auto* path = std::get_if<fs::path>(&part.archive);
  return open_sound_part(part).context(
      fmt::format("reading the part {}", path != nullptr ? path->string() : part.folder));
}

// Where an entry's data begins, and the time that its header holds.
struct LocalPart {
  std::uint64_t data_offset = 0;
  std::uint32_t moment = 0;
};

Result<LocalPart> local_part(const ZipBytes& bytes, const LayoutEntry& entry) {
  constexpr std::size_t fixed = 30, moment_at = 10, name_at = 26, extra_at = 28;
  DMS_TRY(const std::string head, bytes.read_at(entry.offset, fixed));
  const auto number = [&](std::size_t at, std::size_t width) {
    std::uint32_t value = 0;
    for (std::size_t i = width; i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(head[at + i]);
    return value;
  };
  return LocalPart{entry.offset + fixed + number(name_at, 2) + number(extra_at, 2),
                   number(moment_at, 4)};
}

// Writes the new archive in one go, and holds of what is behind it the names and headers only.
class Merge {
 public:
  explicit Merge(NewFile file) : file_(std::move(file)) {}

  Status add(const ZipPart& part) {
    if (const auto why = why_unsafe(part.folder); !part.folder.empty() && !why.empty())
      return fail(Code::invalid_argument, fmt::format("the folder '{}' {}", part.folder, why));
    DMS_TRY(const OpenPart open, open_part(part));
    for (std::size_t i = 0; i < open.layout.size(); ++i) DMS_CHECK(add_entry(open, i, part.folder));
    return ok();
  }

  Status finish() {
    DMS_CHECK(file_.write(central_));
    DMS_CHECK(file_.write(end_records(names_.size(), offset_, central_.size())));
    return file_.finish();
  }

 private:
  Status add_entry(const OpenPart& part, std::size_t index, const std::string& folder) {
    const LayoutEntry& entry = part.layout[index];
    DMS_TRY(ZipRecord record, record_of(part.zip, index, folder));
    DMS_TRY(const LocalPart local, local_part(part.bytes, entry));
    record.method = static_cast<ZipMethod>(entry.method);
    record.moment = local.moment;
    record.crc32 = entry.crc32;
    record.compressed_bytes = entry.compressed_bytes;
    record.size_bytes = entry.size_bytes;
    record.offset = offset_;
    DMS_CHECK(write(local_header(record)));
    for (std::uint64_t done = 0; done < entry.compressed_bytes;) {
      const auto count = std::min<std::uint64_t>(copy_bytes, entry.compressed_bytes - done);
      DMS_TRY(const std::string piece,
              part.bytes.read_at(local.data_offset + done, static_cast<std::size_t>(count)));
      DMS_CHECK(write(piece));
      done += count;
    }
    central_ += central_header(record);
    return ok();
  }

  // The entry's name in its new place, which nothing else has, and its mode.
  Result<ZipRecord> record_of(const Zip& zip, std::size_t index, const std::string& folder) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_stat_index(zip.get(), index, 0, &stat) != 0 ||
        zip_file_get_external_attributes(zip.get(), index, 0, &system, &attributes) != 0)
      return zip_failure("reading an entry", zip);
    const std::string name = stat.name;
    if (const auto why = why_unsafe(name); !why.empty())
      return fail(Code::invalid_argument, fmt::format("the entry '{}' {}", shown_name(name), why));
    if (stat.encryption_method != ZIP_EM_NONE)
      return fail(Code::invalid_argument,
                  fmt::format("the entry '{}' is encrypted", shown_name(name)));
    ZipRecord record{.name = folder.empty() ? name : folder + "/" + name};
    constexpr std::size_t longest = 0xFFFF;
    if (record.name.size() > longest)
      return fail(Code::invalid_argument,
                  fmt::format("the name '{}' is too long", shown_name(record.name)));
    if (!names_.insert(record.name).second)
      return fail(Code::invalid_argument,
                  fmt::format("the name '{}' comes twice", shown_name(record.name)));
    if (system == ZIP_OPSYS_UNIX) record.mode = attributes >> 16;
    return record;
  }

  Status write(std::string_view bytes) {
    offset_ += bytes.size();
    return file_.write(bytes);
  }

  NewFile file_;
  std::uint64_t offset_ = 0;
  std::string central_;
  std::unordered_set<std::string> names_;
};

}  // namespace

Status merge_zips(const fs::path& output, const std::vector<ZipPart>& parts) {
  DMS_TRY(NewFile file, NewFile::create(output));
  Merge merge(std::move(file));
  for (const auto& part : parts) DMS_CHECK(merge.add(part));
  return merge.finish();
}

}  // namespace dms::blob
