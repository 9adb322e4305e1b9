#include <sys/resource.h>

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "bench/scale/sample_tasks.h"
#include "bench/scale/stages.h"
#include "bench/service_process.h"
#include "core/child.h"
#include "core/file.h"

namespace dms::bench {

namespace {

constexpr int rounds = 3;
constexpr int tasks_per_round = 10'000;

struct Added {
  Seconds wall{};
  Seconds client_cpu{};
};

Seconds own_cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return Seconds(static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Status add_job(batch::AzureBatch& batch, const std::string& id) {
  batch::Job job;
  job.id = id;
  job.pool_info.pool_id = "none";
  return batch.create_job(job);
}

Result<Added> add_by_ours(batch::AzureBatch& batch, const std::string& job,
                          const std::vector<batch::Task>& tasks) {
  const Seconds cpu = own_cpu();
  const auto start = SteadyClock::now();
  DMS_TRY(const auto outcomes, batch.submit_tasks(job, tasks));
  const Added added{since(start), own_cpu() - cpu};
  for (const auto& outcome : outcomes)
    if (outcome.submitted != batch::Submitted::added)
      return outcome.error.value_or(fail(Code::already_exists, outcome.task_id + " was there"));
  return added;
}

Result<Added> add_by_azure(const Config& config, const std::string& job, const std::string& file) {
  ::setenv("BATCH_ACCOUNT_KEY", config.batch_account_key.c_str(), 1);
  auto done = run_captured(
      {"node", DMS_AZURE_ADDER, config.batch_account_url, config.batch_account_name, job, file},
      {.limit = std::chrono::minutes(5)});
  ::unsetenv("BATCH_ACCOUNT_KEY");
  if (!done) return std::move(done).error();
  std::istringstream out(done->out);
  double wall = 0, cpu = 0;
  if (done->exit_code != 0 || !(out >> wall >> cpu))
    return fail(
        Code::internal,
        "@azure/batch could not be measured (npm --prefix tests/conformance ci brings it): " +
            done->err.substr(0, 300));
  return Added{Seconds(wall), Seconds(cpu)};
}

// A JSON array, as @azure/batch is given its tasks.
Status write_tasks(const std::string& file, const std::vector<batch::Task>& tasks) {
  std::string text;
  for (const auto& task : tasks) text.append(text.empty() ? "[" : ",").append(encode(task));
  return write_file_atomic(file, text + "]");
}

Spread walls(const std::vector<Added>& all) {
  std::vector<Seconds> times;
  for (const Added& each : all) times.push_back(each.wall);
  return spread_of(std::move(times));
}

Seconds cpu_per_round(const std::vector<Added>& all) {
  Seconds total{};
  for (const Added& each : all) total += each.client_cpu;
  return total / static_cast<double>(all.size());
}

}  // namespace

Status measure_adding(const Setting& setting, Report& report) {
  const int count = std::min(setting.tasks, tasks_per_round);
  const auto tasks = study_tasks(count);
  const std::string file = setting.directory + "/tasks.json";
  DMS_CHECK(write_tasks(file, tasks));
  DMS_TRY(const auto service, ServiceProcess::start(setting.directory + "/adding"));
  DMS_TRY(const auto client, service->connect());
  std::vector<Added> ours, azure;
  for (int round = 0; round < rounds; ++round) {
    const std::string number = std::to_string(round);
    DMS_CHECK(add_job(**client, "ours" + number));
    DMS_CHECK(add_job(**client, "azure" + number));
    DMS_TRY(const Added mine, add_by_ours(**client, "ours" + number, tasks));
    ours.push_back(mine);
    DMS_TRY(const Added theirs, add_by_azure(service->config(), "azure" + number, file));
    azure.push_back(theirs);
  }
  report.heading(fmt::format("adding {} tasks of a study, {} times", count, rounds));
  const double own = walls(ours).median.count(), peer = walls(azure).median.count();
  report.line(
      "AzureBatch::submit_tasks", count / own, "tasks/s", {},
      fmt::format("client CPU {:.0f} µs a task", cpu_per_round(ours).count() / count * 1e6));
  report.line(
      "@azure/batch, 4 collections under way", count / peer, "tasks/s", {},
      fmt::format("client CPU {:.0f} µs a task", cpu_per_round(azure).count() / count * 1e6));
  report.line("ours / @azure/batch", peer / own, "×", at_least(1));
  return ok();
}

}  // namespace dms::bench
