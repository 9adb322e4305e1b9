#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "bench/scale/listing.h"
#include "bench/scale/sample_tasks.h"
#include "bench/scale/stages.h"
#include "bench/service_process.h"
#include "core/clock.h"

namespace dms::bench {

namespace {

constexpr int few_tasks = 1000;
constexpr int few_rounds = 3;
constexpr double growth_limit = 1.3;

struct Cost {
  Seconds wall{};
  Seconds service_cpu{};
};

Status add_job(batch::AzureBatch& batch, const std::string& id) {
  batch::Job job;
  job.id = id;
  job.pool_info.pool_id = "runs";
  return batch.create_job(job);
}

// From the first request until every task is durably completed, per task.
Result<Cost> run_job(const ServiceProcess& service, batch::AzureBatch& batch, const std::string& id,
                     const std::vector<batch::Task>& tasks) {
  DMS_CHECK(add_job(batch, id));
  DMS_TRY(const Seconds cpu, service.cpu_time());
  const auto start = SteadyClock::now();
  DMS_CHECK(batch.submit_tasks(id, tasks));
  DMS_TRY(const auto ended, batch.wait_for_tasks_to_complete(
                                id, {.limit = std::chrono::minutes(30),
                                     .polling_interval = std::chrono::milliseconds(20)}));
  const Seconds wall = since(start);
  DMS_TRY(const Seconds cpu_after, service.cpu_time());
  const auto count = static_cast<double>(tasks.size());
  if (ended.counts.succeeded != static_cast<int>(tasks.size()))
    return fail(Code::internal, fmt::format("{} tasks failed", ended.counts.failed));
  return Cost{wall / count, (cpu_after - cpu) / count};
}

// The median of several runs, since a short one is at the mercy of whatever else the machine does.
Result<Cost> run_few(const ServiceProcess& service, batch::AzureBatch& batch) {
  std::vector<Seconds> walls;
  Seconds cpu{};
  for (int round = 0; round < few_rounds; ++round) {
    DMS_TRY(const Cost cost,
            run_job(service, batch, "few" + std::to_string(round), true_tasks(few_tasks)));
    walls.push_back(cost.wall);
    cpu += cost.service_cpu / few_rounds;
  }
  return Cost{spread_of(walls).median, cpu};
}

void report_costs(Report& report, const Cost& few, const Cost& all, int tasks) {
  const auto line = [&](int count, const Cost& cost) {
    report.line(fmt::format("a no-op task of {}", count), cost.wall.count() * 1e6, "µs", {},
                fmt::format("{:.0f} tasks/s", 1 / cost.wall.count()));
    report.line("  CPU of the service in it", cost.service_cpu.count() * 1e6, "µs");
  };
  line(few_tasks, few);
  line(tasks, all);
  report.line("cost of a task: many / few", all.wall / few.wall, "×", at_most(growth_limit));
  report.line("  CPU of the service: many / few", all.service_cpu / few.service_cpu, "×",
              at_most(growth_limit));
}

// How long others wait while the job is deleted, by looks at another job's counts.
Status report_deletion(batch::AzureBatch& batch, Probe& probe, Report& report,
                       const std::string& id) {
  const auto start = SteadyClock::now();
  DMS_CHECK(batch.delete_job(id));
  const Seconds answered = since(start);
  std::vector<Seconds> looks;
  while (true) {
    DMS_TRY(const Timed look, probe.get(probe.counts_url("few0")));
    looks.push_back(look.time);
    const auto job = batch.get_job(id);
    if (!job && job.error().code == Code::not_found) break;
    if (!job) return job.error();
  }
  report.line("deleting the job, until it is gone", since(start).count() * 1e3, "ms", {},
              fmt::format("accepted after {:.1f} ms", answered.count() * 1e3));
  report.latency("  taskcounts of another job meanwhile", spread_of(looks), {});
  return ok();
}

}  // namespace

Status measure_running(const Setting& setting, Report& report) {
  report.heading(fmt::format("{} tasks of `true` on {} slots", setting.tasks, setting.slots));
  DMS_TRY(const auto service, ServiceProcess::start(setting.directory + "/running"));
  DMS_TRY(const auto client, service->connect());
  batch::AzureBatch& batch = **client;
  DMS_TRY(const auto probe, Probe::create(service->config()));
  DMS_CHECK(batch.create_pool("runs", 1, {.task_slots_per_node = setting.slots}));
  DMS_CHECK(batch.wait_for_pool_nodes("runs", {.polling_interval = std::chrono::milliseconds(50)}));
  DMS_CHECK(run_job(*service, batch, "warm-up", true_tasks(few_tasks)));
  DMS_TRY(const Cost few, run_few(*service, batch));
  const std::string all_id = "all";
  DMS_TRY(const Cost all, run_job(*service, batch, all_id, true_tasks(setting.tasks)));
  report_costs(report, few, all, setting.tasks);
  DMS_CHECK(report_counts(*probe, report, all_id, setting.tasks));
  for (const char* filter : {"state eq 'completed'", "executionInfo/exitCode ne 0"})
    DMS_CHECK(report_page(*probe, report, all_id, {.filter = filter, .max_results = 1000}));
  DMS_CHECK(report_walk(*probe, report, all_id,
                        {.filter = "state eq 'completed'", .select = {"id"}, .max_results = 1000}));
  return report_deletion(batch, *probe, report, all_id);
}

}  // namespace dms::bench
