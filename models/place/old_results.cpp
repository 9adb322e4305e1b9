#include "models/place/old_results.h"

#include <vector>

#include "models/parallel.h"
#include "models/place/payload_upload.h"
#include "models/place/study_pool.h"

namespace dms::models {

Status remove_old_results(blob::AzureBlob& blob, const std::string& job_id,
                          const std::function<bool(std::string_view task)>& stale, int parallel,
                          const std::stop_token& stop) {
  const std::string prefix = job_id + "/";
  return blob.list_blobs_from_container(
      results_container, {.prefix = prefix}, [&](blob::BlobList&& page) {
        std::vector<std::string> names;
        for (blob::BlobItem& item : page.blobs) {
          std::string_view task = std::string_view(item.name).substr(prefix.size());
          task = task.substr(0, task.find('/'));
          if (stale(task)) names.push_back(std::move(item.name));
        }
        return for_each_parallel(names.size(), parallel, stop, [&](std::uint64_t at) {
          return not_found_is_fine(blob.delete_blob(results_container, names[at]));
        });
      });
}

}  // namespace dms::models
