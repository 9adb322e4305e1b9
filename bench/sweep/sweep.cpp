// Does a sweep of many short runs keep the machine at work?
//
//   bench_sweep [RUNS] [SLOTS]     10,000 and 2 unless said otherwise
//
// The model (model.cpp) takes 10 ms and writes one small file. `dmsbatch run` runs it with every
// value of a sweep, from nothing to results.zip and results.csv: once in one go, once interrupted
// twice (by a signal that it handles, by one that it cannot) and continued. GNU parallel runs the
// same model in the same shell with --results. Prints each number beside its target; a missed
// target is no error, a result too many or too few is.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "bench/report.h"
#include "bench/service_process.h"
#include "bench/storage/timed_process.h"
#include "core/child.h"
#include "core/file.h"

namespace {

using namespace dms;
using namespace dms::bench;
namespace fs = std::filesystem;

constexpr double model_seconds = 0.01;

struct Plan {
  fs::path directory;
  int runs = 10'000;
  int slots = 2;

  // What no program could do better: the model alone, with every slot always at work.
  Seconds ideal() const { return Seconds(runs * model_seconds / slots); }
};

fs::path program(const char* name) {
  return fs::read_symlink("/proc/self/exe").parent_path() / name;
}

// Each start is a line of a file, so that none goes uncounted.
std::string model(const Plan& plan, std::string_view name, std::string_view value) {
  return fmt::format("{} {} {} {}/{}.starts", program("bench_model").string(), model_seconds * 1e3,
                     value, plan.directory.string(), name);
}

std::uint64_t lines_of(const fs::path& path) {
  const auto text = read_file(path.string());
  return text ? static_cast<std::uint64_t>(std::count(text->begin(), text->end(), '\n')) : 0;
}

std::uint64_t starts_of(const Plan& plan, std::string_view name) {
  return lines_of(plan.directory / fmt::format("{}.starts", name));
}

Result<ChildSpec> study(const Plan& plan, const std::string& name, const Config& config) {
  const fs::path file = plan.directory / (name + ".yml");
  DMS_CHECK(write_file_atomic(
      file.string(),
      fmt::format("job_name: {}\npool_name: sweeps\ntask_slots_per_node: {}\ncommand: '{}'\n"
                  "sweep: {{N: {{range: [1, {}]}}}}\noutputs: [result.txt]\n"
                  "results: {{value: {{file: result.txt, regex: 'value (\\d+)'}}}}\n",
                  name, plan.slots, model(plan, name, "$N"), plan.runs)));
  return ChildSpec{
      .argv = {program("dmsbatch").string(), "run", file.string(), "--config", config.source_path},
      .cwd = plan.directory.string()};
}

// Every run once, and every result here.
Status check(const Plan& plan, const std::string& name) {
  const auto wanted = static_cast<std::uint64_t>(plan.runs);
  const std::uint64_t starts = starts_of(plan, name);
  const std::uint64_t rows = lines_of(plan.directory / name / "results.csv") - 1;
  if (starts == wanted && rows == wanted) return ok();
  return fail(Code::internal, fmt::format("{}: {} runs asked, {} started, {} in results.csv", name,
                                          wanted, starts, rows));
}

// Starts the command and ends it by `signal` when so many runs have started.
Status interrupt(const Plan& plan, const ChildSpec& command, std::string_view name,
                 std::uint64_t starts, int signal) {
  DMS_TRY(const pid_t pid, spawn_child(command));
  const auto started = SteadyClock::now();
  while (starts_of(plan, name) < starts && since(started) < std::chrono::minutes(10))
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ::kill(pid, signal);
  DMS_TRY([[maybe_unused]] const int status, wait_child(pid));
  return ok();
}

Result<Seconds> run_parallel(const Plan& plan) {
  const fs::path place = plan.directory / "parallel";
  fs::create_directories(place);
  const std::string script = fmt::format(
      "seq {} | parallel -j{} --results {}/results 'mkdir {}/{{}} && cd {}/{{}} && {}' "
      ">/dev/null",
      plan.runs, plan.slots, place.string(), place.string(), place.string(),
      model(plan, "parallel", "{}"));
  DMS_TRY(const TimedRun timed, run_timed({.argv = {"sh", "-c", script}}));
  return timed.wall;
}

Status measure(const Plan& plan) {
  DMS_TRY(const auto service, ServiceProcess::start((plan.directory / "data").string()));
  Report report;
  report.heading(fmt::format("{} runs of {} ms on {} slots; {:.0f} s at best", plan.runs,
                             model_seconds * 1e3, plan.slots, plan.ideal().count()));

  DMS_TRY(const ChildSpec whole, study(plan, "whole", service->config()));
  DMS_TRY(const TimedRun timed, run_timed(whole));
  DMS_CHECK(check(plan, "whole"));
  DMS_TRY(const Seconds service_cpu, service->cpu_time());
  report.line("dmsbatch run / ideal", timed.wall / plan.ideal(), "×", at_most(1.5),
              fmt::format("{:.1f} s, {:.2f} ms a run; CPU: command {:.1f} s, service {:.1f} s",
                          timed.wall.count(), timed.wall.count() * 1e3 / plan.runs,
                          timed.cpu.count(), service_cpu.count()));

  DMS_TRY(const Seconds parallel, run_parallel(plan));
  report.line("GNU parallel / ideal", parallel / plan.ideal(), "×", {},
              fmt::format("{:.1f} s", parallel.count()));
  report.line("dmsbatch run / GNU parallel", timed.wall / parallel, "×", at_most(1));

  const auto quarter = static_cast<std::uint64_t>(plan.runs) / 4;
  const auto start = SteadyClock::now();
  DMS_TRY(const ChildSpec again, study(plan, "interrupted", service->config()));
  DMS_CHECK(interrupt(plan, again, "interrupted", quarter, SIGINT));
  DMS_CHECK(interrupt(plan, again, "interrupted", 2 * quarter, SIGKILL));
  DMS_TRY([[maybe_unused]] const TimedRun rest, run_timed(again));
  DMS_CHECK(check(plan, "interrupted"));
  report.line("interrupted twice / ideal", since(start) / plan.ideal(), "×", {},
              fmt::format("{} results, none twice", plan.runs));
  report.summary();
  return ok();
}

}  // namespace

int main(int argc, char** argv) {
  Plan plan;
  if (argc > 1) plan.runs = std::atoi(argv[1]);
  if (argc > 2) plan.slots = std::atoi(argv[2]);
  if (argc > 3 || plan.runs < 4 || plan.slots < 1) {
    std::fprintf(stderr, "usage: bench_sweep [RUNS] [SLOTS]\n");
    return 2;
  }
  const auto directory = make_temp_directory("bench-sweep-");
  Status done = ok();
  if (directory) {
    plan.directory = *directory;
    done = measure(plan);
    std::error_code ignored;
    fs::remove_all(plan.directory, ignored);
  } else {
    done = directory.error();
  }
  if (done) return 0;
  std::fprintf(stderr, "bench_sweep: %s\n", done.error().message.c_str());
  return 1;
}
