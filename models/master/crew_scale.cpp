#include "models/master/crew_scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "models/study/master.h"

namespace dms::models {
namespace {

constexpr std::string_view metadata_name = "dmsbatch-workers";

struct Masters {
  int found = 0;
  int ended = 0;
};

Result<Masters> masters_of(batch::AzureBatch& batch, std::string_view job_id) {
  Masters masters;
  DMS_CHECK(batch.list_tasks(job_id,
                             {.filter = "startswith(id, 'master-')", .select = {"id", "state"}},
                             [&](const batch::Task& task) {
                               if (!task.id.starts_with("master-")) return ok();
                               ++masters.found;
                               masters.ended += task.state == batch::TaskState::completed;
                               return ok();
                             }));
  return masters;
}

}  // namespace

std::optional<int> workers_wanted(const batch::Job& job) {
  for (const auto& item : job.metadata) {
    if (item.name != metadata_name) continue;
    int count = 0;
    const std::string text = item.value.value_or("");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc{} && end == text.data() + text.size() && count >= 0) return count;
  }
  return std::nullopt;
}

Result<Scaled> scale_workers(batch::AzureBatch& batch, std::string_view job_id, int count) {
  if (count < 0 || count > most_workers)
    return fail(Code::invalid_argument,
                fmt::format("{} workers: must be 0 to {}; masters such as PEST++'s fail above "
                            "about so many connections",
                            count, most_workers));
  DMS_TRY(const batch::Job job, batch.get_job(job_id));
  DMS_TRY(const Masters masters, masters_of(batch, job_id));
  if (masters.found == 0)
    return fail(Code::invalid_argument,
                fmt::format("job {} has no master whose workers could be more or fewer", job_id));
  batch::JobPatch patch{.metadata = job.metadata};
  std::erase_if(*patch.metadata, [](const auto& item) { return item.name == metadata_name; });
  patch.metadata->push_back({std::string(metadata_name), std::to_string(count)});
  DMS_CHECK(batch.patch_job(job_id, patch));
  return Scaled{.before = workers_wanted(job), .master_ended = masters.ended == masters.found};
}

}  // namespace dms::models
