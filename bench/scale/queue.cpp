#include <fmt/format.h>

#include "bench/scale/listing.h"
#include "bench/scale/sample_tasks.h"
#include "bench/scale/stages.h"
#include "bench/service_process.h"
#include "core/clock.h"

namespace dms::bench {

namespace {

constexpr const char* job_id = "queued";
constexpr int few_tasks = 1000;
constexpr double bytes_per_task_limit = 1500;

// Memory once it has stayed the same for a second.
Result<std::uint64_t> settled_memory(const ServiceProcess& service) {
  std::uint64_t before = 0;
  int same = 0;
  DMS_CHECK(poll_until(system_clock(), std::chrono::minutes(1), std::chrono::milliseconds(100),
                       [&]() -> Result<bool> {
                         DMS_TRY(const auto now, service.resident_bytes());
                         same = now == before ? same + 1 : 0;
                         before = now;
                         return same == 10;
                       }));
  return before;
}

Status add(batch::AzureBatch& batch, const std::vector<batch::Task>& tasks) {
  DMS_TRY(const auto outcomes, batch.submit_tasks(job_id, tasks));
  for (const auto& outcome : outcomes)
    if (outcome.submitted == batch::Submitted::failed) return *outcome.error;
  return ok();
}

Status add_job(batch::AzureBatch& batch) {
  batch::Job job;
  job.id = job_id;
  job.pool_info.pool_id = "none";  // so that nothing starts
  return batch.create_job(job);
}

Status report_memory(const ServiceProcess& service, Report& report, std::uint64_t before,
                     const std::vector<batch::Task>& tasks) {
  double wire_bytes = 0;
  for (const auto& task : tasks) wire_bytes += static_cast<double>(encode(task).size());
  const auto count = static_cast<double>(tasks.size());
  DMS_TRY(const std::uint64_t after, settled_memory(service));
  report.line("memory of the service per queued task", static_cast<double>(after - before) / count,
              "B", at_most(bytes_per_task_limit),
              fmt::format("a task is {:.0f} B as sent; {:.0f} MB before", wire_bytes / count,
                          static_cast<double>(before) / 1e6));
  return ok();
}

Status report_idle(const ServiceProcess& service, Report& report) {
  DMS_TRY(const Seconds before, service.cpu_time());
  constexpr std::chrono::seconds span{3};
  system_clock().sleep_for(span, {});
  DMS_TRY(const Seconds after, service.cpu_time());
  report.line("CPU while nobody asks", (after - before).count() / Seconds(span).count() * 100, "%");
  return ok();
}

Status report_restart(const std::string& data_dir, Report& report, int count) {
  const auto start = SteadyClock::now();
  DMS_TRY(const auto service, ServiceProcess::start(data_dir));
  report.line("starting again with the queue", since(start).count(), "s");
  DMS_TRY(const std::uint64_t memory, settled_memory(*service));
  report.line("memory per task after that", static_cast<double>(memory) / count, "B", {},
              "the program itself included");
  return ok();
}

}  // namespace

Status measure_queue(const Setting& setting, Report& report) {
  report.heading(fmt::format("{} queued tasks of a study", setting.tasks));
  const auto tasks = study_tasks(setting.tasks);
  const std::string data_dir = setting.directory + "/queue";
  {
    DMS_TRY(const auto service, ServiceProcess::start(data_dir));
    DMS_TRY(const auto client, service->connect());
    DMS_TRY(const auto probe, Probe::create(service->config()));
    DMS_CHECK(add_job(**client));
    DMS_CHECK(report_counts(*probe, report, job_id, 0));
    const int few = std::min(few_tasks, setting.tasks);
    DMS_CHECK(add(**client, {tasks.begin(), tasks.begin() + few}));
    DMS_CHECK(report_counts(*probe, report, job_id, few));
    const batch::ListOptions first{.filter = "state eq 'active'", .max_results = 1000};
    DMS_CHECK(report_page(*probe, report, job_id, first));

    DMS_TRY(const std::uint64_t before, settled_memory(*service));
    const std::vector<batch::Task> rest(tasks.begin() + few, tasks.end());
    const auto start = SteadyClock::now();
    DMS_CHECK(add(**client, rest));
    report.line("adding them", static_cast<double>(rest.size()) / since(start).count(), "tasks/s");
    if (!rest.empty()) DMS_CHECK(report_memory(*service, report, before, rest));
    DMS_CHECK(report_idle(*service, report));
    DMS_CHECK(report_counts(*probe, report, job_id, setting.tasks));
    DMS_CHECK(report_page(*probe, report, job_id, first));
    const std::string late = fmt::format("startswith(id,'t{:04}')", setting.tasks * 9 / 1000);
    for (const std::string& filter :
         {std::string("state eq 'active'"), late, std::string("state eq 'completed'"),
          std::string("startswith(id,'zz')")})
      DMS_CHECK(report_page(*probe, report, job_id, {.filter = filter, .max_results = 100}));
    DMS_CHECK(report_page(*probe, report, job_id,
                          {.filter = late, .select = {"id", "state"}, .max_results = 1000}));
    DMS_CHECK(report_walk(*probe, report, job_id, first));
  }
  return report_restart(data_dir, report, setting.tasks);
}

}  // namespace dms::bench
