// A blob into a file: one GET for what is small, ranges into a partial file for what is not.
// Private to blob/.
#pragma once

#include <filesystem>
#include <string>

#include "blob/azure_blob.h"
#include "blob/part_file.h"
#include "blob/range_download.h"
#include "blob/rest.h"

namespace dms::blob {

// How a blob comes in ranges, and what it is held to when all are here.
struct DownloadPlan {
  PartLayout layout;
  RangeDigest digest = RangeDigest::none;
  std::string expected = {};  // Base64; empty: nothing
};

// One download; used once, by one caller.
class FileDownload {
 public:
  // Requires: everything outlives this.
  FileDownload(const Rest& rest, const Names& names, const std::filesystem::path& file,
               const DownloadOptions& options, const Clock& clock)
      : rest_(rest), names_(names), file_(file), options_(options), clock_(clock) {}

  // As AzureBlob::download_blob says.
  Status run();

 private:
  Status begin();
  Status resume();
  Status fetch_whole();
  // `first`: of the first range, when the first GET has brought it; else null.
  Status fetch_ranges(PartFile& part, const DownloadPlan& plan, const RangeSink* first);
  Status fetch_range(const std::string& etag, ByteRange range, BodySink& sink,
                     const std::stop_token& stop) const;
  std::string doing() const;

  const Rest& rest_;
  const Names names_;
  const std::filesystem::path& file_;
  const DownloadOptions& options_;
  const Clock& clock_;
};

}  // namespace dms::blob
