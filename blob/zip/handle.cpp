#include "blob/zip/handle.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <zip.h>

#include <cerrno>
#include <string>

#include "blob/zip/names.h"
#include "core/file.h"

namespace dms::blob {
namespace {

std::string text_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

Code code_of(int error) {
  switch (error) {
    case ZIP_ER_NOZIP:
    case ZIP_ER_INCONS:
    case ZIP_ER_CRC:
    case ZIP_ER_ZLIB:
    case ZIP_ER_EOF:
    case ZIP_ER_COMPNOTSUPP:
    case ZIP_ER_COMPRESSED_DATA: return Code::corrupt;
    case ZIP_ER_NOPASSWD:
    case ZIP_ER_WRONGPASSWD:
    case ZIP_ER_ENCRNOTSUPP: return Code::invalid_argument;
    case ZIP_ER_MEMORY: return Code::exhausted;
    default: return Code::internal;
  }
}

Error open_failure(std::string_view doing, int code, int problem) {
  if (code == ZIP_ER_NOENT) return fail_errno(doing, ENOENT);
  if ((code == ZIP_ER_OPEN || code == ZIP_ER_READ) && problem != 0)
    return fail_errno(doing, problem);
  return fail(Code::corrupt, fmt::format("{}: {}", doing, text_of(code)));
}

Result<Zip> open_checked(const std::filesystem::path& path) {
  DMS_TRY(UniqueFd fd, open_file(path.string(), O_RDONLY));
  DMS_TRY(const ZipBytes bytes, bytes_of_file(path.string(), fd.get()));
  DMS_TRY(const auto layout, read_layout(bytes));
  int code = 0;
  errno = 0;
  Zip archive(zip_fdopen(fd.get(), 0, &code));
  if (!archive) return open_failure("libzip", code, errno);
  (void)fd.release();  // libzip closed it and has its own
  DMS_CHECK(check_agreement(archive, layout));
  return archive;
}

}  // namespace

void DiscardZip::operator()(struct zip* archive) const { zip_discard(archive); }

Result<Zip> open_zip_to_read(const std::filesystem::path& path) {
  return open_checked(path).context("opening " + path.string());
}

Status check_agreement(const Zip& archive, const std::vector<LayoutEntry>& layout) {
  zip_t* zip = archive.get();
  const auto count = zip_get_num_entries(zip, 0);
  if (count < 0 || static_cast<std::uint64_t>(count) != layout.size())
    return fail(Code::corrupt, "its entries can be counted in two ways");
  for (std::size_t i = 0; i < layout.size(); ++i) {
    const LayoutEntry& entry = layout[i];
    zip_stat_t stat;
    zip_stat_init(&stat);
    const char* name = zip_get_name(zip, i, ZIP_FL_ENC_RAW);
    if (name == nullptr || zip_stat_index(zip, i, 0, &stat) != 0)
      return zip_failure(fmt::format("the entry '{}'", shown_name(entry.name)), archive);
    // An encrypted entry has its method elsewhere, and is refused by whoever wants its data.
    const bool encrypted = stat.encryption_method != ZIP_EM_NONE;
    if (entry.name != name || stat.size != entry.size_bytes ||
        stat.comp_size != entry.compressed_bytes || stat.crc != entry.crc32 ||
        (stat.comp_method != entry.method && !encrypted))
      return fail(Code::corrupt,
                  fmt::format("the entry '{}' can be read in two ways", shown_name(entry.name)));
  }
  return ok();
}

Error zip_failure(std::string_view doing, struct zip_error* error) {
  const int code = zip_error_code_zip(error);
  const int system = zip_error_code_system(error);
  if (code == ZIP_ER_CANCELLED) return fail(Code::cancelled, fmt::format("{}: cancelled", doing));
  if (zip_error_system_type(error) == ZIP_ET_SYS && system != 0) return fail_errno(doing, system);
  return fail(code_of(code), fmt::format("{}: {}", doing, zip_error_strerror(error)));
}

Error zip_failure(std::string_view doing, const Zip& archive) {
  return zip_failure(doing, zip_get_error(archive.get()));
}

}  // namespace dms::blob
