// A blob into a file: one GET for what is small, ranges into a partial file for what is not.
// Private to blob/.
#pragma once

#include <filesystem>
#include <string>

#include "blob/azure_blob.h"
#include "blob/part_file.h"
#include "blob/rest.h"

namespace dms::blob {

// One download; used once, by one caller.
class FileDownload {
 public:
  // Requires: everything outlives this.
  FileDownload(const Rest& rest, const Names& names, const std::filesystem::path& file,
               const DownloadOptions& options)
      : rest_(rest), names_(names), file_(file), options_(options) {}

  // As AzureBlob::download_blob says.
  Status run();

 private:
  Status begin();
  Status resume();
  Status fetch_whole();
  // Whether the first GET has brought the first range already.
  enum class Opened { as_it_was, with_first_range };
  Status fetch_ranges(PartFile& part, const PartLayout& layout, const std::string& md5,
                      Opened opened);
  Status fetch_range(const std::string& etag, ByteRange range, BodySink& sink,
                     const std::stop_token& stop) const;
  std::string doing() const;

  const Rest& rest_;
  const Names names_;
  const std::filesystem::path& file_;
  const DownloadOptions& options_;
};

}  // namespace dms::blob
