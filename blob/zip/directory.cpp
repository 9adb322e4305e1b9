// zip_directory: a directory as one reproducible archive; hash_directory: its identity alone.
#include "blob/zip.h"
#include "blob/zip/stream.h"
#include "core/new_file.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

Status copy_to(NewFile& file, ZipStream& stream) {
  std::vector<char> buffer(std::size_t{256} << 10);
  while (true) {
    DMS_TRY(const std::size_t count, stream.read(buffer));
    if (count == 0) return ok();
    DMS_CHECK(file.write({buffer.data(), count}));
  }
}

}  // namespace

Result<ZipSummary> zip_directory(const fs::path& directory, const fs::path& archive,
                                 const ZipOptions& options) {
  DMS_TRY(auto tree, list_tree(directory, options));
  DMS_TRY(NewFile file, NewFile::create(archive));
  DMS_TRY(const auto stream, ZipStream::start(std::move(tree), ZipWork::compress, options));
  DMS_CHECK(copy_to(file, *stream));
  // It can be made again, and the disk takes longer for a large one than the zipping.
  DMS_CHECK(file.finish(NewFile::Reach::programs));
  return stream->summary();
}

Result<ZipSummary> hash_directory(const fs::path& directory, const ZipOptions& options) {
  DMS_TRY(auto tree, list_tree(directory, options));
  DMS_TRY(const auto stream, ZipStream::start(std::move(tree), ZipWork::hash, options));
  char none = 0;
  DMS_CHECK(stream->read({&none, 1}));
  return stream->summary();
}

}  // namespace dms::blob
