#include "blob/zip/handle.h"

#include <fmt/format.h>
#include <zip.h>

#include <cerrno>
#include <string>

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

Result<Zip> open_zip(const std::filesystem::path& path, int flags) {
  int code = 0;
  errno = 0;
  Zip archive(zip_open(path.c_str(), flags, &code));
  const int problem = errno;
  if (archive) return archive;
  const auto doing = fmt::format("opening {}", path.string());
  if (code == ZIP_ER_NOENT) return fail_errno(doing, ENOENT);
  if ((code == ZIP_ER_OPEN || code == ZIP_ER_READ) && problem != 0)
    return fail_errno(doing, problem);
  return fail(Code::corrupt, fmt::format("{}: {}", doing, text_of(code)));
}

// libzip writes no archive without entries; this is one: the end record alone.
std::string empty_archive() { return "PK\x05\x06" + std::string(18, '\0'); }

}  // namespace

void DiscardZip::operator()(struct zip* archive) const { zip_discard(archive); }

Result<Zip> open_zip_to_read(const std::filesystem::path& path) {
  return open_zip(path, ZIP_RDONLY);
}

Result<Zip> start_zip(const std::filesystem::path& path) {
  return open_zip(path, ZIP_CREATE | ZIP_TRUNCATE);
}

Status finish_zip(Zip archive, const std::filesystem::path& path, std::string_view doing) {
  if (zip_get_num_entries(archive.get(), 0) == 0)
    return write_file_atomic(path.string(), empty_archive());
  if (zip_close(archive.get()) != 0) return zip_failure(doing, archive);
  (void)archive.release();  // zip_close freed it
  return ok();
}

Error zip_failure(std::string_view doing, struct zip_error* error) {
  const int code = zip_error_code_zip(error);
  const int system = zip_error_code_system(error);
  if (code == ZIP_ER_CANCELLED) return fail(Code::cancelled, fmt::format("{}: cancelled", doing));
  if (zip_error_system_type(error) == ZIP_ET_SYS && system != 0) return fail_errno(doing, system);
  const bool damaged = code == ZIP_ER_NOZIP || code == ZIP_ER_INCONS || code == ZIP_ER_CRC ||
                       code == ZIP_ER_ZLIB || code == ZIP_ER_EOF || code == ZIP_ER_COMPNOTSUPP;
  return fail(damaged ? Code::corrupt : Code::internal,
              fmt::format("{}: {}", doing, zip_error_strerror(error)));
}

Error zip_failure(std::string_view doing, const Zip& archive) {
  return zip_failure(doing, zip_get_error(archive.get()));
}

}  // namespace dms::blob
