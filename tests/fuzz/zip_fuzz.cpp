// Zip archives. The input is the bytes of one, which is listed, read, merged and unpacked in a
// folder of its own.
#include <algorithm>
#include <fstream>

#include "blob/zip.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/temp_directory.h"

using namespace dms;
using namespace dms::blob;

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t limit_bytes = 1 << 18;

void require_outside_error(const Error& error) {
  fuzz::require(error.code != Code::internal && !error.message.empty(),
                "a bad archive is no fault of ours", error.message);
}

// Whether everything that was unpacked is where it may be, links followed.
void check_inside(const fs::path& into) {
  const std::string inside = into.string() + "/";
  std::error_code error;
  for (fs::recursive_directory_iterator at(into), end; at != end; ++at) {
    if (!at->is_symlink()) continue;
    const auto target = fs::weakly_canonical(at->path(), error);
    // A ring of links leads nowhere.
    if (error) continue;
    fuzz::require(target == into || target.string().starts_with(inside), "links stay inside",
                  target.string());
  }
}

void check_readers(const fs::path& archive, const fs::path& merged) {
  const auto entries = list_zip(archive);
  if (!entries) require_outside_error(entries.error());
  if (entries)
    for (std::size_t i = 0; i < std::min<std::size_t>(entries->size(), 8); ++i)
      (void)read_entry(archive, (*entries)[i].name, limit_bytes);
  const Status status = merge_zips(merged, {{"r", archive}});
  fuzz::require(!status || entries, "what is merged can be listed");
  fuzz::require(!status || list_zip(merged), "what was merged can be listed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TempDirectory box;
  static const fs::path root = fs::canonical(box.path());
  const fs::path archive = root / "a.zip", merged = root / "merged.zip", into = root / "deep/into";
  fs::remove_all(root / "deep");
  fs::remove(merged);
  fs::create_directories(into);
  std::ofstream(archive, std::ios::binary) << fuzz::text_of(data, size);
  check_readers(archive, merged);
  const Status status = unpack_zip(archive, into, {.limit_bytes = limit_bytes});
  if (!status) require_outside_error(status.error());
  fuzz::require(status || status.error().message.find('\n') == std::string::npos,
                "a message is one line");
  check_inside(into);
  const auto count = [](const fs::path& folder) {
    return std::distance(fs::directory_iterator(folder), {});
  };
  fuzz::require(count(root / "deep") == 1 && count(root) <= 3, "nothing is written elsewhere");
  return 0;
}
