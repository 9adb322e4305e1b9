// How long does it take to say what the runs of a large sweep are? See ../README.md.
#include <fmt/format.h>
#include <sys/resource.h>

#include <ctime>
#include <filesystem>
#include <string>

#include "core/file.h"
#include "models/runs/run.h"
#include "models/study/study.h"

namespace {

using namespace dms;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

long peak_kilobytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// The particle tracking sweep of 39 insertion places × 101 years × 6 months: 23,634 runs.
constexpr const char* particles = R"(job_name: ptm
command: |
  unzip -q ex.zip; cd studies
  ptm planning_ptm.inp; cd output; rm -f trace.out; echo {RUN_NO} {PTM_START_DATE}
sweep:
  csv: {file: run_number_loc.txt, columns: {RUN_NO: 'run#', PARTICLES: 'particle#', NODE: node}}
  YEAR: {range: [1922, 2022]}
  MONTH: [1, 2, 4, 6, 8, 10]
derive:
  PTM_START_DATE: {date: '{YEAR}-{MONTH}-01', format: '%d%b%Y', upper: true}
  PTM_END_DATE: {date: PTM_START_DATE, add: 92d}
  PARTICLE_INSERTION_ROW: '{NODE} {PARTICLES} 0day 1485minutes'
environment_variables: {DSM2_STUDY_NAME: planning, PTM_OUT: 'ptm/{RUN_NO}'}
outputs: ['output/{RUN_NO}_*.csv']
task_id: ptm_{RUN_NO}_{PTM_START_DATE}
)";

constexpr const char* million = R"(job_name: million
command: model {A} {B}
sweep: {A: {range: [1, 1000]}, B: {linspace: [0, 1, 1000]}}
)";

constexpr const char* filtered = R"(job_name: filtered
command: model {A} {B}
sweep: {A: {range: [1, 1000]}, B: {linspace: [0, 1, 1000]}}
where: A % 2 == 0 and B < 0.75
)";

constexpr const char* sampled = R"(job_name: sampled
command: model {K} {L}
sweep: {K: {uniform: [0, 1]}, L: {loguniform: [1.0e-6, 1]}, M: [a, b, c]}
sample: {method: sobol, count: 1000000, seed: 1}
)";

std::string locations() {
  std::string text = "run#,particle#,node\n";
  for (int run = 1; run <= 39; ++run) text += fmt::format("{},5000,{}\n", run, 100 + 7 * run);
  return text;
}

struct Totals {
  std::uint64_t runs = 0;
  std::uint64_t bytes = 0;  // of ids, commands, outputs and environments
};

Totals expand(const models::Runs& runs) {
  Totals totals;
  for (; totals.runs < runs.size(); ++totals.runs) {
    const models::Run run = runs.at(totals.runs);
    totals.bytes += run.id.size() + run.command.size();
    for (const std::string& output : run.outputs) totals.bytes += output.size();
    for (const auto& [name, value] : run.environment) totals.bytes += name.size() + value.size();
  }
  return totals;
}

int measure(const std::filesystem::path& folder, const char* name, const char* text) {
  const std::string file = (folder / "study.yml").string();
  if (const auto written = write_file_atomic(file, text); !written) return 1;
  const double start = cpu_seconds();
  const auto study = models::load_study(file);
  if (!study) {
    fmt::print(stderr, "{}\n", study.error().message);
    return 1;
  }
  const double loaded = cpu_seconds();
  const models::Runs runs(*study, "abc");
  const Totals totals = expand(runs);
  const double expanded = cpu_seconds();
  fmt::print("| {} | {} | {:.3f} | {:.3f} | {:.1f} | {:.1f} | {:.0f} |\n", name, totals.runs,
             loaded - start, expanded - loaded,
             (expanded - loaded) * 1e6 / static_cast<double>(totals.runs),
             static_cast<double>(totals.bytes) / 1e6, static_cast<double>(peak_kilobytes()) / 1024);
  return 0;
}

}  // namespace

int main() {
  auto folder = make_temp_directory("dms-bench-");
  if (!folder) return 1;
  if (!write_file_atomic(*folder + "/run_number_loc.txt", locations())) return 1;
  fmt::print(
      "| sweep | runs | validate, CPU s | expand, CPU s | µs a run | MB of texts | peak MB |\n");
  fmt::print("|---|---|---|---|---|---|---|\n");
  const int failed = measure(*folder, "particles: CSV × years × months", particles) +
                     measure(*folder, "a million points", million) +
                     measure(*folder, "a million, `where` keeps 375,000", filtered) +
                     measure(*folder, "a million of a Sobol sample", sampled);
  std::error_code ignored;
  std::filesystem::remove_all(*folder, ignored);
  return failed == 0 ? 0 : 1;
}
