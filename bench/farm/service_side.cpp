#include "bench/farm/service_side.h"

#include "bench/service_process.h"

namespace dms::bench {

namespace {

std::vector<batch::Task> true_tasks(int count) {
  std::vector<batch::Task> tasks(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    tasks[static_cast<std::size_t>(i)].id = "t" + std::to_string(i);
    tasks[static_cast<std::size_t>(i)].command_line = "true";
  }
  return tasks;
}

Status prepare(batch::AzureBatch& batch, int slots) {
  DMS_CHECK(batch.create_pool("farm", 1, {.task_slots_per_node = slots}));
  DMS_CHECK(batch.wait_for_pool_nodes("farm", {.polling_interval = std::chrono::milliseconds(50)}));
  batch::Job job;
  job.id = "farm";
  job.pool_info.pool_id = "farm";
  return batch.create_job(job);
}

}  // namespace

Result<FarmTimes> run_farm(const std::string& directory, int count, int slots) {
  DMS_TRY(const auto service, ServiceProcess::start(directory));
  DMS_TRY(const auto client, service->connect());
  batch::AzureBatch& batch = **client;
  DMS_CHECK(prepare(batch, slots));
  const auto tasks = true_tasks(count);
  FarmTimes times;
  const auto start = SteadyClock::now();
  DMS_CHECK(batch.submit_tasks("farm", tasks));
  times.submit = since(start);
  DMS_TRY(const auto ended, batch.wait_for_tasks_to_complete(
                                "farm", {.limit = std::chrono::minutes(10),
                                         .polling_interval = std::chrono::milliseconds(20)}));
  times.total = since(start);
  if (!ended.all_succeeded() || ended.counts.succeeded != count)
    return fail(Code::internal, std::to_string(ended.counts.failed) + " tasks failed");
  return times;
}

}  // namespace dms::bench
