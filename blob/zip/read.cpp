// list_zip and read_entry: a look into an archive.
#include <fmt/format.h>
#include <zip.h>

#include "blob/zip.h"
#include "blob/zip/handle.h"

namespace dms::blob {

namespace fs = std::filesystem;

Result<std::vector<ZipEntry>> list_zip(const fs::path& archive) {
  DMS_TRY(const Zip zip, open_zip_to_read(archive));
  std::vector<ZipEntry> entries;
  const auto count = zip_get_num_entries(zip.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    zip_stat_t stat;
    zip_stat_init(&stat);
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_stat_index(zip.get(), index, 0, &stat) != 0 ||
        zip_file_get_external_attributes(zip.get(), index, 0, &system, &attributes) != 0)
      return zip_failure("reading " + archive.string(), zip);
    entries.push_back({stat.name, stat.size, stat.comp_size,
                       system == ZIP_OPSYS_UNIX ? attributes >> 16 : 0, stat.crc});
  }
  return entries;
}

Result<std::string> read_entry(const fs::path& archive, std::string_view name,
                               std::uint64_t limit_bytes) {
  DMS_TRY(const Zip zip, open_zip_to_read(archive));
  const auto doing = fmt::format("reading '{}' in {}", name, archive.string());
  zip_stat_t stat;
  zip_stat_init(&stat);
  const auto index = zip_name_locate(zip.get(), std::string(name).c_str(), 0);
  if (index < 0) return fail(Code::not_found, doing + ": there is no such entry");
  if (zip_stat_index(zip.get(), static_cast<zip_uint64_t>(index), 0, &stat) != 0)
    return zip_failure(doing, zip);
  if (stat.size > limit_bytes)
    return fail(Code::exhausted, fmt::format("{}: {} bytes are over the limit of {}", doing,
                                             stat.size, limit_bytes));
  struct Close {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
  };
  const std::unique_ptr<zip_file_t, Close> file(
      zip_fopen_index(zip.get(), static_cast<zip_uint64_t>(index), 0));
  if (!file) return zip_failure(doing, zip);
  std::string text(stat.size, '\0');
  std::uint64_t got = 0;
  while (got < text.size()) {
    const auto count = zip_fread(file.get(), text.data() + got, text.size() - got);
    if (count < 0) return zip_failure(doing, zip_file_get_error(file.get()));
    if (count == 0) return fail(Code::corrupt, doing + ": it ends early");
    got += static_cast<std::uint64_t>(count);
  }
  // The checksum is looked at when the end is met.
  char beyond = 0;
  if (zip_fread(file.get(), &beyond, 1) < 0)
    return zip_failure(doing, zip_file_get_error(file.get()));
  return text;
}

}  // namespace dms::blob
