#include "bench/farm/service_side.h"

#include <fcntl.h>
#include <signal.h>

#include "batch/azure_batch.h"
#include "core/child.h"
#include "core/file.h"

namespace dms::bench {

namespace {

using SteadyClock = std::chrono::steady_clock;

// Ends the service when the measurement is over, however it went.
class Service {
 public:
  static Result<std::unique_ptr<Service>> start(const std::string& dmsbatch,
                                                const std::string& data_dir) {
    DMS_TRY(const UniqueFd log, open_file(data_dir + ".log", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    DMS_TRY(const pid_t pid,
            spawn_child({.argv = {dmsbatch, "serve", "--data-dir", data_dir, "--port", "0"},
                         .stdout_fd = log.get(),
                         .stderr_fd = log.get()}));
    auto service = std::make_unique<Service>(pid);
    DMS_CHECK(poll_until(system_clock(), std::chrono::seconds(30), std::chrono::milliseconds(20),
                         [&]() -> Result<bool> {
                           const auto text = read_file(data_dir + ".log");
                           return text && text->find("ready ") != std::string::npos;
                         }));
    return service;
  }
  explicit Service(pid_t pid) : pid_(pid) {}
  ~Service() {
    ::kill(pid_, SIGTERM);
    (void)wait_child(pid_);
  }

 private:
  pid_t pid_;
};

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

Result<FarmTimes> run_farm(const std::string& dmsbatch, const std::string& directory, int count,
                           int slots) {
  DMS_TRY(const auto service, Service::start(dmsbatch, directory));
  DMS_TRY(const Config config, load_config(directory + "/config.ini"));
  DMS_TRY(const auto client, batch::BatchClient::create(config, system_clock()));
  batch::AzureBatch& batch = **client;
  DMS_CHECK(prepare(batch, slots));
  const auto tasks = true_tasks(count);
  FarmTimes times;
  const auto start = SteadyClock::now();
  DMS_CHECK(batch.submit_tasks("farm", tasks));
  times.submit = SteadyClock::now() - start;
  DMS_TRY(const auto ended, batch.wait_for_tasks_to_complete(
                                "farm", {.limit = std::chrono::minutes(10),
                                         .polling_interval = std::chrono::milliseconds(20)}));
  times.total = SteadyClock::now() - start;
  if (!ended.all_succeeded() || ended.counts.succeeded != count)
    return fail(Code::internal, std::to_string(ended.counts.failed) + " tasks failed");
  return times;
}

}  // namespace dms::bench
